from evidence.refusals import Refused, TooLarge
from evidence.services.files import receive
from evidence.services.items import add_file, add_link, add_stored

__all__ = ["Refused", "TooLarge", "add_file", "add_link", "add_stored", "receive"]
