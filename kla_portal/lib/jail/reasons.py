"""Why the jail does not take a file: a code, and the Indonesian text that says what happened, why, and the cure."""

REASONS = {
    "empty": "Berkas ini kosong (0 byte). Buka kembali dokumen di komputer Anda, simpan, lalu unggah lagi.",
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
    "no_jail": (
        "Portal sedang tidak dapat memeriksa berkas dengan aman, jadi unggahan belum diterima. "
        "Ini bukan kesalahan Anda: coba lagi nanti dan beri tahu pengelola portal."
    ),
}
