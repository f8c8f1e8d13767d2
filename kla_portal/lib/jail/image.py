"""JPEG and PNG: decode to the last pixel, stand still, and end where the picture ends."""

import warnings
from typing import BinaryIO

# all that Pillow may load late, loaded before the cage shuts
from PIL import (  # noqa: F401
    ExifTags,
    Image,
    ImageFile,
    JpegImagePlugin,
    JpegPresets,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    TiffTags,
)

from .verdict import Bad

_FORMAT = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG"}
MAX_PIXELS = 50_000_000
_TAIL = 64 * 1024

Image.preinit()
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False
warnings.simplefilter("error")  # Pillow only warns between one and two times its limit


def check(file: BinaryIO, extension: str) -> None:
    wanted = _FORMAT[extension]
    try:
        with Image.open(file, formats=(wanted,)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Bad("image_too_large", str(picture.size))
            if getattr(picture, "is_animated", False):
                raise Bad("image_animated")
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise Bad("image_too_large", str(fault)) from fault
    _no_tail(file, wanted)


def _no_tail(file: BinaryIO, wanted: str) -> None:
    """Nothing may hang behind the picture: an archive, a page or a script there makes one file into two."""
    if wanted == "PNG":
        if _png_end(file) != file.seek(0, 2):
            raise Bad("polyglot", "bytes after IEND")
        return
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    end = tail.rfind(b"\xff\xd9")
    # cameras append preview pictures and padding after the first end marker; the last marker must close the file
    if end < 0 or tail[end + 2 :].strip(b"\x00\xff\r\n "):
        raise Bad("polyglot", "bytes after the last end marker")
    lower = tail.lower()
    for mark in (b"pk\x05\x06", b"<script", b"<?php", b"<html"):
        if mark in lower:
            raise Bad("polyglot", repr(mark))


def _png_end(file: BinaryIO) -> int:
    """Offset just behind the IEND chunk."""
    file.seek(8)
    while True:
        header = file.read(8)
        if len(header) < 8:
            raise Bad("broken", "no IEND")
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        end = file.seek(length + 4, 1)
        if kind == b"IEND":
            return end
