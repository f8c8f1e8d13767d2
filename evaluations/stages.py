"""The evaluation cycle as a table of steps: who may take an evaluation from where to where, and on what condition.

`docs/workflow.md` is drawn from this table and the tests enumerate it. Guards are names of functions in `permissions`.
"""

from dataclasses import dataclass

from accounts.enums import Role
from evaluations.enums import Stage


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow. `label` is the button, `consequence` what the confirmation page says will happen.

    opens, locks  what can be changed from then on, and what cannot any more
    clock         the stage whose time must be running for this step; '' for a step that no calendar binds
    asks_again    not to be undone at will: whoever signed in a while ago gives the password once more
    """

    action: str
    label: str
    source: Stage
    target: Stage
    roles: frozenset[str]
    consequence: str
    undo: str
    opens: str
    locks: str
    guard: str = ""
    clock: str = ""
    asks_again: bool = True


STEPS: dict[str, Step] = {
    step.action: step
    for step in (
        Step(
            "hand_in", "Serahkan ke gugus tugas", Stage.SELF_ASSESSMENT, Stage.TASK_FORCE_REVIEW,
            frozenset({Role.COORDINATOR}),
            "Jawaban terkunci bagi perangkat daerah. Gugus tugas menelaah setiap jawaban dan dapat mengembalikannya.",
            "Anda dapat menariknya kembali selama belum diajukan ke provinsi.",
            "telaah setiap jawaban",
            "jawaban dan data dukung",
            clock=Stage.TASK_FORCE_REVIEW,
            guard="something_answered",
            asks_again=False,
        ),
        Step(
            "call_back", "Tarik kembali", Stage.TASK_FORCE_REVIEW, Stage.SELF_ASSESSMENT,
            frozenset({Role.COORDINATOR}),
            "Jawaban terbuka lagi bagi perangkat daerah. Persetujuan atas jawaban yang tidak diubah tetap berlaku.",
            "Anda dapat menyerahkannya lagi kapan saja.",
            "jawaban dan data dukung",
            "telaah",
            clock=Stage.SELF_ASSESSMENT,
            asks_again=False,
        ),
        Step(
            "sign_off", "Sahkan hasil telaah", Stage.TASK_FORCE_REVIEW, Stage.TASK_FORCE_REVIEW,
            frozenset({Role.TASK_FORCE}),
            "Ketua menyatakan telaah selesai. Koordinator dapat mengajukan ke provinsi.",
            "Pengesahan gugur dengan sendirinya bila sesudahnya ada jawaban yang berubah atau ditarik kembali.",
            "pengajuan ke provinsi",
            "tidak ada",
            clock=Stage.TASK_FORCE_REVIEW,
            guard="the_chair_signs",
        ),
        Step(
            "submit", "Ajukan ke provinsi", Stage.TASK_FORCE_REVIEW, Stage.ADMIN_VERIFICATION,
            frozenset({Role.COORDINATOR}),
            "Penilaian mandiri diajukan sebagaimana adanya. Sesudah ini tidak ada jawaban yang dapat diubah.",
            "Pengajuan tidak dapat dibatalkan.",
            "verifikasi provinsi",
            "jawaban, data dukung, telaah, surat pernyataan",
            clock=Stage.TASK_FORCE_REVIEW,
            guard="ready_to_submit",
        ),
        Step(
            "verify", "Selesaikan verifikasi administrasi", Stage.ADMIN_VERIFICATION, Stage.MINISTRY_REVIEW,
            frozenset({Role.PROVINCE_VERIFIER, Role.NATIONAL_ADMIN}),
            "Hasil verifikasi administrasi diteruskan ke kementerian dan tidak dapat diubah lagi.",
            "Langkah ini tidak dapat dibatalkan.",
            "peninjauan kementerian",
            "putusan provinsi",
            guard="verified_by_the_province",
        ),
        Step(
            "review", "Tutup peninjauan kementerian", Stage.MINISTRY_REVIEW, Stage.FIELD_VERIFICATION,
            frozenset({Role.NATIONAL_ADMIN}),
            "Peninjauan kementerian ditutup; verifikasi lapangan dimulai.",
            "Langkah ini tidak dapat dibatalkan.",
            "putusan lapangan",
            "putusan peninjauan",
            guard="claims_stand_on_documents",
        ),
        Step(
            "visit", "Tutup verifikasi lapangan", Stage.FIELD_VERIFICATION, Stage.FINAL,
            frozenset({Role.NATIONAL_ADMIN}),
            "Verifikasi lapangan ditutup; verifikasi final dimulai.",
            "Langkah ini tidak dapat dibatalkan.",
            "putusan final",
            "putusan lapangan",
            guard="claims_stand_on_documents",
        ),
        Step(
            "award", "Tetapkan hasil", Stage.FINAL, Stage.AWARDED,
            frozenset({Role.NATIONAL_ADMIN}),
            "Nilai akhir dan predikat ditetapkan dan terbuka bagi semua pengguna.",
            "Penetapan tidak dapat dibatalkan.",
            "hasil bagi semua pengguna",
            "semuanya",
            guard="ready_to_award",
        ),
    )
}  # fmt: skip


def steps_from(stage: str) -> list[Step]:
    """The steps that leave a stage, in the table's order."""
    return [step for step in STEPS.values() if step.source == stage]
