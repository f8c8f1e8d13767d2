"""Why a file or link is not taken: a code, and the Indonesian text that says what happened, why, and the cure."""

from kla_portal.lib.jail import reasons

REASONS = {
    **reasons.REASONS,
    "name": "Nama berkas tidak dapat dipakai. Beri nama yang jelas, misalnya “SK Gugus Tugas.pdf”, lalu unggah lagi.",
    "extension": (
        "Jenis berkas ini tidak diterima. Yang diterima: PDF, JPG/JPEG, PNG, XLSX, dan DOCX. "
        "Simpan atau ekspor dokumen ke salah satu jenis itu, lalu unggah lagi."
    ),
    "double_extension": (
        "Nama berkas memuat dua akhiran, dan salah satunya milik program atau halaman web. "
        "Ganti nama sehingga hanya ada satu akhiran, misalnya “laporan.pdf”, lalu unggah lagi."
    ),
    "known_bad": "Berkas yang sama persis pernah ditolak pada pemeriksaan. Unggah dokumen lain atau versi yang bersih.",
    "purged": "Berkas dokumen ini sudah benar-benar dihapus dari penyimpanan, jadi tidak dapat dipulihkan lagi.",
    "no_space": (
        "Ruang penyimpanan portal penuh, jadi berkas belum tersimpan. Berkas yang sudah ada tetap aman. "
        "Ini bukan kesalahan Anda: coba lagi nanti dan beri tahu pengelola portal."
    ),
    "store_away": (
        "Penyimpanan berkas sedang tidak dapat dihubungi, jadi berkas belum tersimpan. "
        "Ini bukan kesalahan Anda: coba lagi beberapa menit lagi dan beri tahu pengelola portal."
    ),
    "unfinished": (
        "Berkas belum seluruhnya sampai. Pilih berkas yang sama lagi; unggahan diteruskan dari bagian terakhir."
    ),
    "many_uploads": (
        "Terlalu banyak unggahan yang belum selesai. Selesaikan atau batalkan sebagian, lalu unggah lagi."
    ),
    "other_upload": "Unggahan ini dimulai untuk berkas lain. Muat ulang halaman, lalu pilih berkasnya lagi.",
    "link_form": "Alamat tautan tidak sah. Salin alamat lengkap dari peramban, diawali https:// atau http://.",
    "link_length": "Alamat tautan terlalu panjang (paling banyak 500 karakter). Gunakan tautan yang lebih pendek.",
    "link_credentials": "Alamat tautan memuat nama pengguna atau kata sandi. Salin tautan berbagi tanpa kata sandi.",
    "link_private": (
        "Alamat tautan menunjuk ke jaringan tertutup sehingga tidak dapat dibuka oleh penilai. "
        "Gunakan alamat yang dapat dibuka dari internet, atau unggah berkasnya."
    ),
}


STATUS = {"too_large": 413, "region_quota": 413, "user_quota": 413, "no_space": 507}
"""How a refusal is answered; 422 when it is not among these."""


class Refused(Exception):
    """A file or link that is not taken. `str()` is the Indonesian text for the screen; `code` one of REASONS, or one
    that comes with its own text."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(reason or REASONS[code])
        self.code = code

    @property
    def reason(self) -> str:
        return str(self)

    @property
    def passing(self) -> bool:
        """Does it say nothing about the file, so that the same file may be taken later?"""
        return self.code in {"no_space", "store_away", "no_jail", "unfinished"}

    @property
    def status(self) -> int:
        return STATUS.get(self.code, 422)


class TooLarge(Refused):
    """More bytes than one file may have. Answered with 413."""

    def __init__(self, limit: int) -> None:
        from evidence.formats import size_text

        Exception.__init__(
            self,
            f"Berkas lebih besar dari batas {size_text(limit)}. Perkecil berkas (misalnya pindai dengan 150 dpi) "
            "atau pecah menjadi beberapa berkas, lalu unggah lagi.",
        )
        self.code = "too_large"
        self.limit = limit
