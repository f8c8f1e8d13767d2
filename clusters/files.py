"""Files of instruments, whichever form they have: read by the ending of their name, written by it."""

from typing import BinaryIO

from clusters import loading, workbook
from clusters.content import InstrumentData
from clusters.nodes import Fault, Invalid, Place
from clusters.writing import yaml_text
from kla_portal.lib import sheets

TYPES = {"yaml": "application/yaml; charset=utf-8", "xlsx": sheets.MIME}
"""What is written, by ending, with its media type."""
ACCEPT = ".yaml,.yml,.xlsx"


def read(name: str, file: BinaryIO) -> InstrumentData:
    """The instrument in a file, checked. Raises Invalid with every fault found."""
    ending = name.rpartition(".")[2].lower()
    if ending in ("yaml", "yml"):
        return loading.read(file.read(loading.MAX_BYTES + 1))
    if ending == "xlsx":
        return workbook.read(file)
    problem = "jenis berkas ini tidak diterima; yang diterima: YAML (.yaml, .yml) dan Excel (.xlsx)"
    raise Invalid([Fault("", Place(0), problem, "Simpan sebagai XLSX, atau mulai dari berkas yang diunduh.")])


def write(data: InstrumentData, ending: str) -> bytes:
    """The file; `ending` is a key of TYPES."""
    return workbook.write(data) if ending == "xlsx" else yaml_text(data).encode()
