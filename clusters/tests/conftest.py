"""A machine under load is slow without being wrong: properties are judged by what they find, not by their time."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
