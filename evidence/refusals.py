"""Why a file or link is not taken: a code, and the Indonesian text that says what happened, why, and the cure."""

REASONS = {
    "empty": "Berkas ini kosong (0 byte). Buka kembali dokumen di komputer Anda, simpan, lalu unggah lagi.",
    "name": "Nama berkas tidak dapat dipakai. Beri nama yang jelas, misalnya “SK Gugus Tugas.pdf”, lalu unggah lagi.",
    "extension": (
        "Jenis berkas ini tidak diterima. Yang diterima: PDF, JPG/JPEG, PNG, XLSX, dan DOCX. "
        "Simpan atau ekspor dokumen ke salah satu jenis itu, lalu unggah lagi."
    ),
    "double_extension": (
        "Nama berkas memuat dua akhiran, dan salah satunya milik program atau halaman web. "
        "Ganti nama sehingga hanya ada satu akhiran, misalnya “laporan.pdf”, lalu unggah lagi."
    ),
    "mismatch": (
        "Isi berkas tidak sesuai dengan akhiran namanya. Mengganti akhiran nama tidak mengubah jenis berkas: "
        "buka dengan aplikasi asalnya, pilih “Simpan sebagai” jenis yang benar, lalu unggah lagi."
    ),
    "polyglot": (
        "Berkas memuat isi lain di depan atau di belakang dokumennya, sehingga dapat disalahgunakan. "
        "Buka dan simpan ulang, atau cetak ke PDF, lalu unggah hasilnya."
    ),
    "broken": (
        "Berkas rusak atau terpotong sehingga tidak dapat dibuka. Pastikan berkas dapat dibuka di komputer Anda, "
        "simpan ulang, lalu unggah lagi."
    ),
    "too_heavy": (
        "Berkas membutuhkan terlalu banyak memori atau waktu untuk diperiksa. "
        "Pecah menjadi beberapa berkas atau perkecil isinya, lalu unggah lagi."
    ),
    "pdf_encrypted": (
        "PDF ini dikunci dengan kata sandi atau pembatasan sehingga tidak dapat diperiksa. "
        "Simpan salinan tanpa kata sandi (misalnya dengan mencetak ke PDF), lalu unggah salinan itu."
    ),
    "pdf_no_pages": "PDF ini tidak memiliki halaman. Buat ulang PDF dari dokumen aslinya, lalu unggah lagi.",
    "pdf_active": (
        "PDF ini memuat skrip atau perintah otomatis, yang tidak diterima demi keamanan. "
        "Cetak dokumen ke PDF biasa, lalu unggah hasilnya."
    ),
    "pdf_embedded": (
        "PDF ini memuat berkas lain sebagai lampiran di dalamnya. "
        "Unggah tiap lampiran sendiri-sendiri dan simpan PDF tanpa lampiran."
    ),
    "image_too_large": (
        "Gambar terlalu besar: paling banyak 50 juta piksel (misalnya 8.000 × 6.000). "
        "Perkecil gambar atau pindai dengan resolusi lebih rendah, lalu unggah lagi."
    ),
    "image_animated": "Gambar bergerak tidak diterima. Simpan sebagai gambar biasa (JPG atau PNG), lalu unggah lagi.",
    "office_macro": (
        "Dokumen memuat makro atau objek aktif, yang tidak diterima demi keamanan. "
        "Simpan sebagai XLSX atau DOCX biasa tanpa makro, lalu unggah lagi."
    ),
    "office_encrypted": (
        "Dokumen Office ini berformat lama (.xls/.doc) atau dikunci kata sandi. "
        "Simpan sebagai XLSX atau DOCX tanpa kata sandi, lalu unggah lagi."
    ),
    "office_embedded": (
        "Dokumen memuat berkas lain yang disisipkan di dalamnya. "
        "Hapus objek sisipan itu dan unggah berkasnya sendiri-sendiri."
    ),
    "office_bomb": (
        "Isi dokumen membengkak tidak wajar saat dibuka. "
        "Buang lembar, baris, atau gambar yang tidak perlu, simpan ulang, lalu unggah lagi."
    ),
    "office_structure": (
        "Dokumen tidak tersusun sebagaimana XLSX atau DOCX. "
        "Buka dengan aplikasi perkantoran Anda, simpan ulang, lalu unggah lagi."
    ),
    "known_bad": "Berkas yang sama persis pernah ditolak pada pemeriksaan. Unggah dokumen lain atau versi yang bersih.",
    "no_jail": (
        "Portal sedang tidak dapat memeriksa berkas dengan aman, jadi unggahan belum diterima. "
        "Ini bukan kesalahan Anda: coba lagi nanti dan beri tahu pengelola portal."
    ),
    "no_space": (
        "Ruang penyimpanan portal penuh, jadi berkas belum tersimpan. "
        "Ini bukan kesalahan Anda: coba lagi nanti dan beri tahu pengelola portal."
    ),
    "link_form": "Alamat tautan tidak sah. Salin alamat lengkap dari peramban, diawali https:// atau http://.",
    "link_length": "Alamat tautan terlalu panjang (paling banyak 500 karakter). Gunakan tautan yang lebih pendek.",
    "link_credentials": "Alamat tautan memuat nama pengguna atau kata sandi. Salin tautan berbagi tanpa kata sandi.",
    "link_private": (
        "Alamat tautan menunjuk ke jaringan tertutup sehingga tidak dapat dibuka oleh penilai. "
        "Gunakan alamat yang dapat dibuka dari internet, atau unggah berkasnya."
    ),
}


class Refused(Exception):
    """A file or link that is not taken. `str()` is the Indonesian text for the screen; `code` one of REASONS."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(reason or REASONS[code])
        self.code = code

    @property
    def reason(self) -> str:
        return str(self)


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
