from django.db import models


class Level(models.IntegerChoices):
    """Depth in the tree = number of parts of the code."""

    PROVINCE = 1, "Provinsi"
    REGENCY = 2, "Kabupaten/Kota"
    DISTRICT = 3, "Kecamatan"
    VILLAGE = 4, "Desa/Kelurahan"


class AgencyKind(models.TextChoices):
    """The standard kinds of agency (perangkat daerah, instansi vertikal) that an instrument's owners name."""

    DP3A = "dp3a", "Dinas P3A"
    BAPPEDA = "bappeda", "Bappeda"
    LEGAL = "bagian_hukum", "Bagian Hukum"
    DISDUKCAPIL = "disdukcapil", "Disdukcapil"
    DISKOMINFO = "diskominfo", "Diskominfo"
    LIBRARY = "dinas_perpustakaan", "Dinas Perpustakaan"
    DINSOS = "dinsos", "Dinas Sosial"
    DISDIK = "disdikbud", "Dinas Pendidikan dan Kebudayaan"
    KEMENAG = "kemenag", "Kantor Kementerian Agama"
    DINKES = "dinkes", "Dinas Kesehatan"
    PUPR = "dinas_pupr", "Dinas PUPR"
    DISHUB = "dishub", "Dinas Perhubungan"
    DLH = "dlh", "Dinas Lingkungan Hidup"
    DISPAR = "disparpora", "Dinas Pariwisata, Pemuda, dan Olahraga"
    BPBD = "bpbd", "BPBD"
    BNN = "bnn", "BNN Kabupaten/Kota"
    DISNAKER = "disnaker", "Dinas Tenaga Kerja"
    SATPOL_PP = "satpol_pp", "Satpol PP"
    POLRES = "polres", "Polres (Unit PPA)"
    UPTD_PPA = "uptd_ppa", "UPTD PPA"
    PROSECUTOR = "kejaksaan", "Kejaksaan Negeri"
    COURT = "pengadilan", "Pengadilan Negeri/Agama"
    KESBANGPOL = "kesbangpol", "Kesbangpol"
    BAPENDA = "bapenda", "Bapenda"
    CHILD_FORUM = "forum_anak", "Forum Anak"
    BUSINESS = "dunia_usaha", "Asosiasi dunia usaha"
    DISTRICTS = "kecamatan", "Kecamatan"
    VILLAGES = "desa_kelurahan", "Desa/Kelurahan"
    OTHER = "lainnya", "Lainnya"
