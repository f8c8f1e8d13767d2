"""JPEG and PNG: decode to the last pixel, stand still, and end where the picture ends. And copies without traces."""

import io
from typing import Any, BinaryIO

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

NAMES = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG"}
MAX_PIXELS = 50_000_000
_TAIL = 64 * 1024
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Image.preinit()
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False


def check(file: BinaryIO, extension: str) -> int:
    """Its one page."""
    wanted = NAMES[extension]
    try:
        with Image.open(file, formats=(wanted,)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Bad("image_too_large", str(picture.size))
            # phones put a second picture (depth, brightness) into a JPEG: that is no animation, and no copy has it
            if wanted == "PNG" and getattr(picture, "is_animated", False):
                raise Bad("image_animated")
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise Bad("image_too_large", str(fault)) from fault
    _no_tail(file, wanted)
    return 1


def copy(file: BinaryIO, extension: str) -> bytes:
    """The same picture made anew from its pixels, upright: whatever else the file carried (place, time, device, preview
    pictures, comments, colour profile) is not in it. A JPEG keeps its quantisation tables, so little is lost."""
    wanted = NAMES[extension]
    out = io.BytesIO()
    with Image.open(file, formats=(wanted,)) as opened:
        options: dict[str, Any] = {}
        if isinstance(opened, JpegImagePlugin.JpegImageFile):
            sampling = JpegImagePlugin.get_sampling(opened)
            options = {"qtables": opened.quantization, "subsampling": max(sampling, 0)}
        picture = upright(opened)
    kept = picture.info.get("transparency")
    picture.info.clear()
    if wanted == "PNG" and kept is not None:
        options["transparency"] = kept
    picture.save(out, wanted, **options)
    return out.getvalue()


def upright(picture: Image.Image) -> Image.Image:
    """The pixels the right way up; which way that is may only be told by the metadata."""
    picture.load()
    try:
        turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # metadata that cannot be read tells nothing
        turn = None
    # never the opened file itself: saving that asks for the working folder, which the cage does not tell
    return picture.copy() if turn is None else picture.transpose(turn)


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
