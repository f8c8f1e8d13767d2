"""Good and bad files, all made on the spot: (label, file name, content, expected refusal code or None)."""

import functools
import io
import random
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
from PIL import Image

from evidence.tests.make import make_docx, make_jpeg, make_pdf, make_png, make_xlsx, make_zip

Case = tuple[str, str, bytes, str | None]
NAME = pikepdf.Name
Change = Callable[[pikepdf.Pdf], object]


def good() -> Iterator[Case]:
    yield "plain pdf", "SK.pdf", make_pdf("SK Gugus Tugas"), None
    yield "pdf of 40 pages", "profil anak.pdf", make_pdf("Profil", pages=40), None
    yield "pdf, ending in capitals", "SK 2025.PDF", make_pdf(), None
    yield "pdf with dots in its name", "SK No. 12.2025 (final).pdf", make_pdf(), None
    yield (
        "pdf with object streams",
        "padat.pdf",
        make_changed_pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate),
        None,
    )
    yield (
        "pdf with a web link",
        "tautan.pdf",
        make_changed_pdf(_note({"/S": NAME.URI, "/URI": "https://balikpapan.go.id"})),
        None,
    )
    yield "pdf with an outline", "daftar isi.pdf", make_changed_pdf(_outline), None
    yield "pdf with a plain form", "formulir.pdf", make_changed_pdf(_form), None
    yield "pdf with line ends after its end", "ekor.pdf", make_pdf() + b"\r\n\r\n", None
    yield "linearised pdf", "web.pdf", make_changed_pdf(linearize=True), None
    yield "jpeg", "foto.jpg", make_jpeg(), None
    yield "jpeg named jpeg", "foto.JPEG", make_jpeg(), None
    yield "progressive jpeg", "foto.jpg", make_jpeg(progressive=True), None
    yield "grey jpeg", "foto.jpg", _image("L", (300, 200), "JPEG"), None
    yield "cmyk jpeg", "cetak.jpg", _image("CMYK", (300, 200), "JPEG"), None
    yield "jpeg with gps", "lokasi.jpg", make_jpeg(exif=_exif()), None
    yield "jpeg of 12 million pixels", "kamera.jpg", _image("RGB", (4000, 3000), "JPEG"), None
    yield "jpeg with padding", "kamera.jpg", make_jpeg() + b"\0" * 64, None
    yield "jpeg with a second picture behind it", "kamera.jpg", make_jpeg() + make_jpeg((16, 16)), None
    yield "jpeg with a second picture in it", "ponsel.jpg", make_two_pictures(), None
    yield "png", "tangkapan layar.png", make_png(), None
    yield "png with transparency", "logo.png", _image("RGBA", (80, 80), "PNG"), None
    yield "png with a palette", "logo.png", _image("P", (80, 80), "PNG"), None
    yield "black and white png just below the limit", "pindai.png", flood_png(7000, 7000), None
    yield "xlsx", "rekap.xlsx", make_xlsx(), None
    yield "xlsx with a picture", "rekap.xlsx", make_xlsx(extra={"xl/media/image1.png": make_png()}), None
    yield "xlsx of 20,000 rows", "rekap.xlsx", make_xlsx(extra={"xl/worksheets/sheet1.xml": _sheet(20_000)}), None
    yield "xlsx with a Latin 1 member name", "rekap.xlsx", make_xlsx(extra={"xl/media/gambar é.png": make_png()}), None
    yield "docx", "notula.docx", make_docx(), None
    yield "docx with notes", "notula.docx", make_docx(extra={"word/footnotes.xml": "<?xml version='1.0'?><a/>"}), None
    yield "docx of the same letter", "notula rapat (2).DOCX", make_docx("Notula 2"), None


def renamed() -> Iterator[Case]:
    """Other things under a good name, and good things under another's."""
    exe = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(400)
    yield "program as pdf", "surat.pdf", exe, "mismatch"
    yield "program as jpg", "foto.jpg", exe, "mismatch"
    yield "linux program as docx", "surat.docx", b"\x7fELF" + bytes(200), "mismatch"
    yield "page as pdf", "surat.pdf", b"<!doctype html><script>alert(1)</script>", "mismatch"
    yield "drawing as png", "logo.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "mismatch"
    yield "script as jpg", "foto.jpg", b"alert(document.cookie)", "mismatch"
    yield "php as png", "logo.png", b"<?php system($_GET['c']); ?>", "mismatch"
    yield "gif as png", "logo.png", _image("P", (10, 10), "GIF"), "mismatch"
    yield "webp as jpg", "foto.jpg", _image("RGB", (10, 10), "WEBP"), "mismatch"
    yield "png as jpg", "foto.jpg", make_png(), "mismatch"
    yield "jpg as png", "foto.png", make_jpeg(), "mismatch"
    yield "jpg as pdf", "foto.pdf", make_jpeg(), "mismatch"
    yield "pdf as docx", "surat.docx", make_pdf(), "mismatch"
    yield "xlsx as docx", "rekap.docx", make_xlsx(), "mismatch"
    yield "docx as xlsx", "notula.xlsx", make_docx(), "mismatch"
    yield "plain zip as docx", "arsip.docx", make_zip({"a.txt": "isi"}), "office_structure"
    yield (
        "open document as docx",
        "surat.docx",
        make_zip({"mimetype": "application/vnd.oasis.opendocument.text"}),
        "office_structure",
    )
    yield "old word file as docx", "surat.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024), "office_encrypted"
    yield "text as pdf", "surat.pdf", b"Kepada Yth.", "mismatch"
    yield "postscript as pdf", "surat.pdf", b"%!PS-Adobe-3.0\nshowpage\n", "mismatch"
    yield "random bytes as pdf", "surat.pdf", random.Random(1).randbytes(5000), "mismatch"


def named() -> Iterator[Case]:
    pdf = make_pdf()
    for ending in ["exe", "html", "svg", "js", "php", "docm", "xlsm", "doc", "xls", "zip", "gif", "webp", "tiff"]:
        yield f"ending {ending}", f"surat.{ending}", pdf, "extension"
    yield "no ending", "pdf", pdf, "extension"
    yield "no name", "...", pdf, "name"
    yield "nothing but an ending", ".htaccess", pdf, "name"
    yield "program before the ending", "surat.exe.pdf", pdf, "double_extension"
    yield "page before the ending", "halaman.html.pdf", pdf, "double_extension"
    yield "php before the ending", "unggah.php.jpg", make_jpeg(), "double_extension"
    yield "nul in the name", "surat.php\0.pdf", pdf, "double_extension"
    yield "ending turned round", "surat\u202efdp.exe", pdf, "extension"


def empty_and_cut() -> Iterator[Case]:
    yield "empty pdf", "kosong.pdf", b"", "empty"
    yield "empty docx", "kosong.docx", b"", "empty"
    yield "pdf cut in the middle", "putus.pdf", make_pdf("Halo", pages=30)[:2000], "broken"
    yield "pdf header only", "putus.pdf", b"%PDF-1.7\n", "broken"
    yield "jpeg cut in the middle", "putus.jpg", _image("RGB", (400, 300), "JPEG")[:-400], "broken"
    yield "png cut in the middle", "putus.png", _image("RGB", (400, 300), "PNG")[:-60], "broken"
    yield "png with a wrong checksum", "rusak.png", _flipped(make_png(), 45), "broken"
    yield "jpeg header only", "putus.jpg", b"\xff\xd8\xff\xe0", "broken"
    yield "xlsx cut in the middle", "putus.xlsx", make_xlsx()[:-200], "broken"
    yield "docx with a flipped bit", "rusak.docx", _flip_content(make_docx()), "broken"


def two_in_one() -> Iterator[Case]:
    page = b"<html><script>alert(1)</script></html>"
    archive = make_zip({"muatan.js": "alert(1)"})
    yield "page before a pdf", "surat.pdf", page + make_pdf(), "polyglot"
    yield "white space before a pdf", "surat.pdf", b"\n\n" + make_pdf(), "polyglot"
    yield "zip behind a pdf", "surat.pdf", make_pdf() + archive, "polyglot"
    yield "page behind a pdf", "surat.pdf", make_pdf() + page, "polyglot"
    yield "zip behind a jpeg", "foto.jpg", make_jpeg() + archive, "polyglot"
    yield "page behind a jpeg", "foto.jpg", make_jpeg() + page, "polyglot"
    yield "php in the comment of a jpeg", "foto.jpg", make_jpeg(comment=b"<?php system(1); ?>"), "polyglot"
    yield "zip behind a png", "logo.png", make_png() + archive, "polyglot"
    yield "script behind a png", "logo.png", make_png() + b"<script>alert(1)</script>", "polyglot"
    yield "docx behind a program", "surat.docx", b"MZ" + bytes(100) + make_docx(), "polyglot"
    yield "docx with bytes behind it", "surat.docx", make_docx() + page, "polyglot"
    yield "docx with an archive comment", "surat.docx", _commented(make_docx()), "polyglot"


def armed_pdfs() -> Iterator[Case]:
    script = pikepdf.Dictionary({"/S": NAME.JavaScript, "/JS": "app.alert(1)"})
    launch = pikepdf.Dictionary({"/S": NAME.Launch, "/F": "cmd.exe"})
    packed = pikepdf.ObjectStreamMode.generate
    chained = {"/S": NAME.URI, "/URI": "https://a.go.id", "/Next": [launch]}
    sends = {"/S": NAME.SubmitForm, "/F": "https://a.go.id"}
    for label, content in (
        ("script on opening", make_changed_pdf(set_root("/OpenAction", script))),
        ("script by name", make_changed_pdf(set_root("/Names", {"/JavaScript": {"/Names": ["a", script]}}))),
        ("script of a page", make_changed_pdf(_page("/AA", {"/O": script}))),
        ("script of a note", make_changed_pdf(_note(script))),
        (
            "script in an object stream",
            make_changed_pdf(set_root("/OpenAction", script, indirect=True), object_stream_mode=packed),
        ),
        ("starts a program", make_changed_pdf(set_root("/OpenAction", launch))),
        ("starts a program after a web link", make_changed_pdf(_note(chained))),
        ("sends a form", make_changed_pdf(_note(sends))),
        ("xfa form", make_changed_pdf(set_root("/AcroForm", {"/Fields": [], "/XFA": "<xdp/>"}))),
        (
            "script whose name is spelt with escapes",
            make_changed_pdf().replace(b"/Pages ", b"/AA<</O<</S/Java#53cript/JS(a)>>>>/Pages ", 1),
        ),
    ):
        yield f"pdf: {label}", "a.pdf", content, "pdf_active"
    yield "pdf: file inside", "a.pdf", make_changed_pdf(_attach), "pdf_embedded"
    yield (
        "pdf: password",
        "a.pdf",
        make_changed_pdf(encryption=pikepdf.Encryption(user="u", owner="o")),
        "pdf_encrypted",
    )
    yield (
        "pdf: owner's password only",
        "a.pdf",
        make_changed_pdf(encryption=pikepdf.Encryption(user="", owner="o")),
        "pdf_encrypted",
    )
    yield "pdf: no pages", "a.pdf", make_changed_pdf(lambda pdf: pdf.pages.__delitem__(0)), "pdf_no_pages"


def armed_office() -> Iterator[Case]:
    def types(main: str, extra: str = "") -> dict[str, str | bytes]:
        return {"[Content_Types].xml": f'<Types><Override ContentType="{main}"/>{extra}</Types>'}

    yield "macro workbook", "a.xlsx", make_xlsx(extra={"xl/vbaProject.bin": b"\xd0\xcf"}), "office_macro"
    yield "macro letter", "a.docx", make_docx(extra={"word/vbaProject.bin": b"\xd0\xcf"}), "office_macro"
    yield (
        "macro type",
        "a.xlsx",
        make_xlsx(extra=types("application/vnd.ms-excel.sheet.macroEnabled.main+xml")),
        "office_macro",
    )
    yield "macro sheet", "a.xlsx", make_xlsx(extra={"xl/macrosheets/sheet1.xml": "<a/>"}), "office_macro"
    yield "active x", "a.docx", make_docx(extra={"word/activeX/activeX1.bin": b"\xd0\xcf"}), "office_macro"
    yield (
        "embedded object",
        "a.docx",
        make_docx(extra={"word/embeddings/oleObject1.bin": b"\xd0\xcf"}),
        "office_embedded",
    )
    yield (
        "no content types",
        "a.docx",
        make_zip({"word/document.xml": "<a/>", "_rels/.rels": "<a/>"}),
        "office_structure",
    )
    yield "no main part", "a.docx", make_docx(extra=types("application/xml")), "office_structure"
    doctype = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    yield "entity in a letter", "a.docx", make_docx(extra={"word/document.xml": doctype}), "office_structure"
    yield "entity in a sheet", "a.xlsx", make_xlsx(extra={"xl/worksheets/sheet1.xml": doctype}), "office_structure"
    yield (
        "entity in utf-16",
        "a.docx",
        make_docx(extra={"word/document.xml": doctype.encode("utf-16")}),
        "office_structure",
    )
    yield (
        "entity behind much space",
        "a.docx",
        make_docx(extra={"word/document.xml": '<?xml version="1.0"?>' + " " * 65_525 + doctype[21:]}),
        "office_structure",
    )
    yield "member above its folder", "a.xlsx", make_xlsx(extra={"../../etc/cron.d/a": "x"}), "office_structure"
    yield "member with an absolute name", "a.xlsx", make_xlsx(extra={"/etc/cron.d/a": "x"}), "office_structure"
    yield "member with a drive", "a.xlsx", make_xlsx(extra={"C:\\a.exe": "x"}), "office_structure"
    yield "symbolic link", "a.docx", _with_link(), "office_structure"
    yield "two members of one name", "a.docx", _doubled(), "office_structure"
    yield "encrypted member", "a.docx", _flag_encrypted(make_docx()), "office_encrypted"


@functools.cache
def bombs() -> tuple[Case, ...]:
    """Small to send, ruinous to open. Made once, for they take seconds to make."""
    return tuple(_bombs())


def _bombs() -> Iterator[Case]:
    as_is = {"compress_streams": False, "stream_decode_level": pikepdf.StreamDecodeLevel.none}
    yield "png of 900 million pixels", "a.png", flood_png(30_000, 30_000), "image_too_large"
    yield "png of 144 million pixels", "a.png", flood_png(12_000, 12_000), "image_too_large"
    yield "png just above the limit", "a.png", flood_png(7072, 7071), "image_too_large"
    yield "jpeg that says 65,500 squared", "a.jpg", _jpeg_claiming(65_500, 65_500), "image_too_large"
    yield "png text of 64 MB", "a.png", _png_text_bomb(), "broken"
    yield "animated png", "a.png", _animated(), "image_animated"
    yield "sheet of 450 MB of zeros", "a.xlsx", _zeros(make_xlsx(), "xl/media/a.bin", 450), "office_bomb"
    yield "letter of 100 MB of zeros", "a.docx", _zeros(make_docx(), "word/media/a.bin", 100), "office_bomb"
    yield "sheet that lies about its size", "a.xlsx", _lying(), "broken"
    yield "workbook of 20,000 members", "a.xlsx", _many(20_000), "office_bomb"
    yield "pdf stream of 600 MB", "a.pdf", make_changed_pdf(_bomb_stream(600, twice=False)), "too_heavy"
    yield "pdf stream deflated twice", "a.pdf", make_changed_pdf(_bomb_stream(100, twice=True), **as_is), "too_heavy"
    yield (
        "pdf nested 20,000 deep",
        "a.pdf",
        make_changed_pdf().replace(b"/Pages ", b"/A " + b"[" * 20_000 + b"]" * 20_000 + b"/Pages ", 1),
        "broken",
    )


def everything() -> Iterator[Case]:
    for part in (good, renamed, named, empty_and_cut, two_in_one, armed_pdfs, armed_office, bombs):
        yield from part()


# --- how they are made ----------------------------------------------------------------------------------------------


def make_changed_pdf(change: Change = lambda pdf: None, **options: Any) -> bytes:
    """A one-page PDF after `change`."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(make_pdf())) as pdf:
        change(pdf)
        pdf.save(out, **options)
    return out.getvalue()


def set_root(key: str, value: Any, indirect: bool = False) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        thing = pikepdf.Dictionary(value) if isinstance(value, dict) else value
        pdf.Root[key] = pdf.make_indirect(thing) if indirect else thing

    return change


def _page(key: str, value: dict[str, Any]) -> Change:
    return lambda pdf: pdf.pages[0].obj.__setitem__(key, pikepdf.Dictionary(value))


def _note(action: Any) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        note = {"/Type": NAME.Annot, "/Subtype": NAME.Link, "/Rect": [0, 0, 9, 9], "/A": action}
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([pikepdf.Dictionary(note)])

    return change


def _outline(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Bab 1", 0))


def _form(pdf: pikepdf.Pdf) -> None:
    field = {"/FT": NAME.Tx, "/T": "nama", "/V": "Balikpapan", "/Subtype": NAME.Widget, "/Rect": [0, 0, 90, 20]}
    pdf.Root["/AcroForm"] = pikepdf.Dictionary({"/Fields": [field]})


def _attach(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["muatan.exe"] = pikepdf.AttachedFileSpec(
        pdf, b"MZ", description="", filename="muatan.exe", mime_type="", creation_date="", mod_date=""
    )


def _bomb_stream(megabytes: int, *, twice: bool) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        packer = zlib.compressobj(9)
        data = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
        stream = pdf.make_stream(b"")
        filters = [NAME.FlateDecode, NAME.FlateDecode] if twice else NAME.FlateDecode
        stream.write(zlib.compress(data, 9) if twice else data, filter=pikepdf.Array(filters) if twice else filters)
        pdf.pages[0].obj["/Contents"] = stream

    return change


def _image(mode: str, size: tuple[int, int], form: str) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, form)
    return out.getvalue()


def make_two_pictures() -> bytes:
    """A JPEG as phones write it: in it a second picture that only some programs know of."""
    out = io.BytesIO()
    small = Image.new("RGB", (30, 20), "red")
    Image.new("RGB", (60, 40), "teal").save(out, "MPO", save_all=True, append_images=[small], exif=_exif())
    return out.getvalue()


def _exif() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "S", 2: (1.0, 15.0, 36.0), 3: "E", 4: (116.0, 49.0, 48.0)})
    return exif.tobytes()


def _animated() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "green", "blue")]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flood_png(width: int, height: int) -> bytes:
    """A valid 1-bit PNG of one colour, a few KB however large the picture."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row * 100) for _ in range(height // 100)) + packer.compress(row * (height % 100))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data + packer.flush()) + _chunk(b"IEND", b"")
    )


def _png_text_bomb() -> bytes:
    plain, note = make_png(), b"Comment\0\0" + zlib.compress(bytes(70 << 20), 9)
    return plain[:33] + _chunk(b"zTXt", note) + plain[33:]


def _jpeg_claiming(width: int, height: int) -> bytes:
    content = bytearray(make_jpeg())
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def _sheet(rows: int) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    body = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, rows + 1))
    return f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{body}</sheetData></worksheet>'.encode()


def _appended(content: bytes, add: Callable[[zipfile.ZipFile], object]) -> bytes:
    out = io.BytesIO(content)
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # about the second member of one name
        add(archive)
    return out.getvalue()


def _zeros(content: bytes, name: str, megabytes: int) -> bytes:
    def add(archive: zipfile.ZipFile) -> None:
        with archive.open(name, "w") as member:
            for _ in range(megabytes):
                member.write(bytes(1 << 20))

    return _appended(content, add)


def _many(count: int) -> bytes:
    def add(archive: zipfile.ZipFile) -> None:
        for number in range(count):
            archive.writestr(f"xl/media/{number}", b"")

    return _appended(make_xlsx(), add)


def _doubled() -> bytes:
    return _appended(make_docx(), lambda archive: archive.writestr("word/document.xml", "<a/>"))


def _with_link() -> bytes:
    link = zipfile.ZipInfo("word/media/a.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    return _appended(make_docx(), lambda archive: archive.writestr(link, "/etc/passwd"))


def _commented(content: bytes) -> bytes:
    return _appended(content, lambda archive: setattr(archive, "comment", b"<script>alert(1)</script>"))


def _entry(content: bytes | bytearray, name: bytes) -> int:
    """Offset of a member's entry in the table of contents."""
    return content.rindex(name) - 46


def _lying() -> bytes:
    """20 MB that the table of contents gives as 100 bytes."""
    content = bytearray(_zeros(make_xlsx(), "xl/media/a.bin", 20))
    at = _entry(content, b"xl/media/a.bin")
    content[at + 24 : at + 28] = struct.pack("<I", 100)
    return bytes(content)


def _flag_encrypted(content: bytes) -> bytes:
    changed = bytearray(content)
    changed[_entry(content, b"word/document.xml") + 8] |= 1
    return bytes(changed)


def _flip_content(content: bytes) -> bytes:
    """A flipped bit inside the compressed text of the letter."""
    return _flipped(content, content.index(b"word/document.xml") + 17 + 40)


def large_photo(width: int, height: int) -> bytes:
    """A progressive JPEG: of all kinds the one whose decoding takes most memory per pixel."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG", progressive=True)
    return out.getvalue()
