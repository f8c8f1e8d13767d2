"""The page that shows every component in all its states. Its address exists in the demo and in tests only."""

from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe

from kla_portal.lib import charts

BANDS = [
    charts.Band("pratama", "Pratama", Decimal(500)),
    charts.Band("madya", "Madya", Decimal(600), inclusive=False),
    charts.Band("nindya", "Nindya", Decimal(700), inclusive=False),
    charts.Band("utama", "Utama", Decimal(800), inclusive=False),
    charts.Band("paripurna", "Paripurna", Decimal(900), inclusive=False),
]
GROUPS = [
    ("Kelembagaan", Decimal(164), Decimal("131.50"), Decimal("118.00")),
    ("Klaster I", Decimal(115), Decimal("92.25"), Decimal("80.50")),
    ("Klaster II", Decimal(156), Decimal("98.80"), Decimal("98.80")),
    ("Klaster III", Decimal(150), Decimal("121.00"), Decimal("97.40")),
    ("Klaster IV", Decimal(110), Decimal("84.00"), Decimal("79.20")),
    ("Klaster V", Decimal(205), Decimal("136.85"), Decimal("134.90")),
    ("Kelana dan Dekela", Decimal(100), Decimal("67.60"), Decimal("67.60")),
]


class SampleForm(forms.Form):
    """One field of each kind, to look at the form renderer."""

    title = forms.CharField(label="Judul bukti", max_length=60, help_text="Seperti tertulis pada dokumen.")
    percentage = forms.DecimalField(label="Persentase anak berakta kelahiran", min_value=0, max_value=100)
    kind = forms.ChoiceField(
        label="Jenis dokumen", choices=[("", "Pilih jenis"), ("perda", "Peraturan daerah"), ("sk", "Surat keputusan")]
    )
    level = forms.ChoiceField(
        label="Dasar hukum",
        choices=[("perda", "Peraturan daerah"), ("perkada", "Peraturan kepala daerah"), ("none", "Belum ada")],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="Catatan", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    file = forms.FileField(
        label="Berkas", required=False, help_text="PDF, JPEG, PNG, XLSX, atau DOCX, paling besar 50 MB."
    )
    personal_data = forms.BooleanField(label="Berkas ini memuat data pribadi anak", required=False)


class SampleFiles(forms.Form):
    """The file of a form that takes one."""

    file = forms.FileField(label="Berkas")


class SampleFilter(forms.Form):
    """A filter as lists have it."""

    q = forms.CharField(label="Cari", required=False)
    state = forms.ChoiceField(
        label="Keadaan", required=False, choices=[("", "Semua"), ("empty", "Belum diisi"), ("returned", "Dikembalikan")]
    )


def _evidence() -> list[dict[str, Any]]:
    common = {
        "url": "#bukti",
        "is_link": False,
        "personal_data": False,
        "added_by": "Rina Kartika",
        "added_at": timezone.now(),
        "remove_url": "",
    }
    return [
        common
        | {
            "title": "Perda Kota Layak Anak",
            "kind_label": "Peraturan daerah",
            "name": "perda-kla-2023.pdf",
            "size_text": "1,2 MB",
            "type_label": "PDF",
            "state_label": "Bersih",
            "state_tone": "good",
            "remove_url": "#lepas",
        },
        common
        | {
            "title": "Daftar hadir Forum Anak",
            "kind_label": "Dokumentasi",
            "name": "daftar-hadir.jpg",
            "size_text": "840 KB",
            "type_label": "JPEG",
            "state_label": "Sedang diperiksa",
            "state_tone": "info",
            "personal_data": True,
        },
        common
        | {
            "title": "Laman puskesmas ramah anak",
            "kind_label": "Tautan",
            "name": "dinkes.contoh.go.id/ramah-anak",
            "size_text": "",
            "type_label": "Tautan",
            "state_label": "Salinan belum ada",
            "state_tone": "attention",
            "is_link": True,
        },
        common
        | {
            "title": "SK Gugus Tugas",
            "kind_label": "Surat keputusan",
            "name": "sk.pdf",
            "size_text": "300 KB",
            "type_label": "PDF",
            "state_label": "Tidak dapat dibuka",
            "state_tone": "loss",
            "url": "",
        },
    ]


def _answer() -> dict[str, Any]:
    """Two years, one of them missing, and a small table with a sum."""
    rows = [[("PAUD Melati", False), ("40", True)], [("", False), ("12,5", True)]]
    return {
        "lines": [
            {"label": "Tahun 2024", "text": "Belum diisi", "earns": False},
            {"label": "Tahun 2025", "text": "72,5 %", "earns": True},
        ],
        "table": {
            "count": len(rows),
            "columns": [{"label": "Nama lembaga", "type": "text"}, {"label": "Jumlah anak", "type": "number"}],
            "marked": rows,
            "foot": [("", False), ("52,5", True)],
        },
    }


def _talks(now: datetime) -> list[Any]:
    """A conversation that waits and one that is settled, with a comment that was taken back."""
    said = [
        SimpleNamespace(
            pk=number, who=who, role=role, at=now - timedelta(hours=9 - number), removed=removed, removable=number == 2,
            pieces=[SimpleNamespace(text="@rina@contoh", name=True), SimpleNamespace(text=" mohon rekap akhir tahun.")],
        )
        for number, who, role, removed in (
            (1, "Hadi Santoso", "Koordinator (Dinas P3A)", False),
            (2, "Rina Kartika", "Operator perangkat daerah", False),
            (3, "Rina Kartika", "Operator perangkat daerah", True),
        )
    ]  # fmt: skip
    common = {"audience": "agency", "version": 3, "opened_at": now - timedelta(hours=9)}
    settled = common | {"pk": "dua", "resolved_by": "Hadi Santoso", "resolved_at": now}
    return [
        SimpleNamespace(thread=SimpleNamespace(pk="satu", **common), resolved=False, said=said[:2]),
        SimpleNamespace(thread=SimpleNamespace(**settled), resolved=True, said=said),
    ]


def _sample(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    week = timedelta(days=7)
    steps = [
        {"label": "Penilaian mandiri", "state": "done", "opens_at": now - 9 * week, "closes_at": now - 3 * week},
        {"label": "Telaah gugus tugas", "state": "done", "opens_at": now - 3 * week, "closes_at": now - week},
        {"label": "Verifikasi administrasi", "state": "current", "opens_at": now - week, "closes_at": now + week},
        {"label": "Peninjauan kementerian", "state": "todo", "opens_at": now + week, "closes_at": now + 3 * week},
        {"label": "Verifikasi lapangan", "state": "todo", "opens_at": now + 4 * week, "closes_at": now + 6 * week},
        {"label": "Verifikasi final", "state": "todo", "opens_at": None, "closes_at": None},
    ]
    events = [
        {
            "label": "Jawaban dikembalikan",
            "detail": "Pertanyaan 4.2",
            "reason": "Nomor peraturan pada berkas berbeda dari jawaban.",
            "actor": "Hadi Santoso",
            "at": now,
        },
        {
            "label": "Jawaban disimpan",
            "detail": "Pertanyaan 4.2",
            "reason": "",
            "actor": "Rina Kartika",
            "at": now - timedelta(hours=5),
        },
        {"label": "Evaluasi dibuka", "detail": "", "reason": "", "actor": None, "at": now - 9 * week},
    ]
    return {
        "bands": BANDS,
        "claimed": Decimal("732.00"),
        "scored": Decimal("676.40"),
        "maximum": 1000,
        "low": Decimal("412.75"),
        "high": Decimal("948.10"),
        "steps": steps,
        "held": SimpleNamespace(
            predicate=SimpleNamespace(code="nindya", name="Nindya"),
            sentence="Poin cukup untuk Utama, tetapi Perda KLA belum ada (asumsi).",
            noted=[{"label": "Forum dunia usaha peduli anak", "source": "assumption"}],
        ),
        "over": Decimal("812.35"),
        "predicates": [("none", charts.NO_PREDICATE), *((band.code, band.label) for band in BANDS)],
        "owners": [
            {"label": "Disdukcapil", "lead": True},
            {"label": "Dinas Kesehatan", "lead": False, "ready": True},
            {"label": "Bappeda", "lead": False},
        ],
        "wants": [
            {"label": "Peraturan daerah atau peraturan kepala daerah", "met": True},
            {"label": "Daftar hadir sosialisasi", "met": False},
            {
                "label": "Rekap kegiatan",
                "met": True,
                "demands": "Rekapitulasi/matriks; satu untuk setiap tahun data",
                "lacks": "Belum ada untuk tahun data 2024.",
            },
            {"label": "Foto kegiatan", "met": False, "optional": True},
        ],
        "answer": _answer(),
        "links": _evidence(),
        "events": events,
        "talks": _talks(now),
        "page": Paginator(range(274), 25).get_page(request.GET.get("page")),
        "filter": SampleFilter(request.GET or None),
        "form": SampleForm(),
        "refused": SampleForm(
            {
                "ditolak-title": "",
                "ditolak-percentage": "140",
                "ditolak-note": "Tulisan yang sudah diketik tetap ada.",
            },
            prefix="ditolak",
        ),
        "files": SampleFiles(prefix="unggah"),
        "usage": SimpleNamespace(
            quota=True,
            percent=86,
            used_text="17,2 GB",
            quota_text="20 GB",
            left_text="2,8 GB",
            nearly_full=True,
            keep_deleted_days=7,
        ),
        "document": SimpleNamespace(
            facts=[("Nomor", "188.45/214/2024"), ("Tahun data", "2024")],
            link=SimpleNamespace(revision=SimpleNamespace(created_at=now - week)),
        ),
        "said": [
            SimpleNamespace(
                label="Diterima",
                tone="good",
                icon="check-circle-fill",
                stage_label="Peninjauan kementerian",
                newest=True,
                revision=2,
                who="Evaluator",
                at=now,
                reason="",
            ),
            SimpleNamespace(
                label="Ditolak",
                tone="loss",
                icon="x-circle-fill",
                stage_label="Verifikasi administrasi",
                newest=False,
                revision=1,
                who="Verifikator provinsi",
                at=now - week,
                reason="SK belum ditandatangani.",
            ),
        ],
        "deadlines": [
            now + timedelta(days=12, hours=4, minutes=3),
            now + timedelta(hours=7, minutes=30, seconds=20),
            now - timedelta(days=2),
        ],
        "groups": GROUPS,
        "radar": mark_safe(charts.radar([(name, claim / full, given / full) for name, full, claim, given in GROUPS])),  # nosec - charts escapes
        "bars": mark_safe(charts.bars(GROUPS)),  # nosec
    }


@login_not_required
def style_guide(request: HttpRequest) -> HttpResponse:
    return render(request, "style_guide.html", _sample(request))
