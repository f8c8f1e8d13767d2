"""Model fields that know no app."""

from typing import Any

from django.db import models


class CodeField(models.CharField):
    """A region code, which compares byte by byte on every database.

    SQLite does so by itself. PostgreSQL sorts by locale, where '35.01' < '35/' is false and territories come out empty,
    so there the column (and every foreign key to it) is collated "C".
    """

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
