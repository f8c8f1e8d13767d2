"""The doors through which regions and agencies change."""

from regions.services.agencies import NameTaken, add_agency, create_standard_agencies, rename_agency
from regions.services.loading import BadRows, Line, Report, load

__all__ = ["BadRows", "Line", "NameTaken", "Report", "add_agency", "create_standard_agencies", "load", "rename_agency"]
