"""Looking into a PDF."""

import subprocess
from io import BytesIO

import pikepdf


def pages_of(data: bytes) -> list[str]:
    """What pdftotext reads on each page, with single spaces."""
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True)
    return [" ".join(page.split()) for page in done.stdout.decode().split("\f")[:-1]]


def text_of(data: bytes) -> str:
    """What pdftotext reads in the whole document, with single spaces."""
    return " ".join(pages_of(data))


def streams_of(data: bytes) -> bytes:
    """Every stream of the file, unpacked, one after the other: pages, images, fonts, attachments."""
    parts = []
    with pikepdf.open(BytesIO(data)) as pdf:
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream):
                try:
                    parts.append(thing.read_bytes())
                except pikepdf.PdfError:
                    parts.append(thing.read_raw_bytes())
    return b"\n".join(parts)


def fonts_of(data: bytes) -> set[str]:
    """Names of the embedded fonts, without the tag of the subset."""
    names = set()
    with pikepdf.open(BytesIO(data)) as pdf:
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor":
                names.add(str(thing["/FontName"]).partition("+")[2])
    return names


def figures_of(data: bytes) -> list[str]:
    """The words that stand for each figure, from the tags."""
    with pikepdf.open(BytesIO(data)) as pdf:
        return [
            str(thing["/Alt"])
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/S") == "/Figure" and "/Alt" in thing
        ]
