"""The table of behaviours: what each step asks, where it leads, what it does (SOP 21-BIPA/5).

Words, actor, papers and minutes of a step are a row of the case's SOP revision; this table holds
what needs a programmer. Rules of DOMAIN 2, one row a step.
"""

from kompensasi.cases import effects, forms, letter_forms, rules
from kompensasi.cases.models import Ending
from kompensasi.cases.procedure import Outcome, Step

_TABLE = (
    Step(
        number=1,
        form=forms.MonitoringForm,
        outcomes=(Outcome(code="record", label="Simpan hasil monitoring", to=(2,)),),
        effect=effects.begin_monitoring_row,
        corrects=("stage",),
        in_bulk=True,
    ),
    Step(
        number=2,
        form=forms.StateForm,
        outcomes=(
            Outcome(code="done", label="Selesai", to=(3,), when=rules.not_withdrawn),
            Outcome(code="obstacle", label="Ada kendala", to=(4,), when=rules.not_ready),
            Outcome(code="running", label="Berjalan, dalam SPM", to=(1,), when=rules.not_yet_due),
        ),
        effect=effects.confirm_state,
        in_bulk=True,
    ),
    Step(
        number=3,
        form=forms.HandoverForm,
        outcomes=(
            Outcome(
                code="handed", label="Simpan penyerahan", to=(Ending.IN_SPM, 4),
                route=rules.in_spm_or_obstacle,
            ),
        ),
        effect=effects.hand_over,
        corrects=("at", "received_by"),
    ),
    Step(
        number=4,
        form=forms.ObstacleForm,
        outcomes=(Outcome(code="inform", label="Kirim kendala", to=(5,)),),
        effect=effects.name_obstacle,
        corrects=("cause", "asset", "story"),
        in_time_ends="when ended",
    ),
    Step(
        number=5,
        form=forms.InformForm,
        outcomes=(
            Outcome(
                code="informed", label="Simpan hasil evaluasi", to=(6, 1),
                route=rules.report_or_monitor,
            ),
        ),
        effect=effects.inform_customer,
        corrects=("channel", "told_to", "told_at"),
        in_time_ends="when ended",
    ),
    Step(
        number=6,
        form=forms.ReportForm,
        outcomes=(Outcome(code="report", label="Kirim laporan", to=(7,)),),
        effect=effects.report_obstacle,
        corrects=("report", "proposal"),
        in_time_ends="always",
    ),
    Step(
        number=7,
        form=forms.InstructForm,
        outcomes=(
            Outcome(code="instruct", label="Instruksikan surat dan souvenir", to=(8,)),
            Outcome(code="ask", label="Minta keterangan tambahan", to=(6,), back=True),
        ),
        effect=effects.instruct,
        corrects=("instruction", "souvenir_class"),
        on_approval_screen=True,
        in_time_ends="always",
    ),
    Step(
        number=8,
        form=letter_forms.DraftForm,
        outcomes=(Outcome(code="submit", label="Kirim konsep surat", to=(9,)),),
        guard=rules.new_date_known,
        effect=effects.write_draft,
        in_time_ends="always",
    ),
    Step(
        number=9,
        form=letter_forms.ReviewForm,
        outcomes=(
            Outcome(code="approve", label="Setujui konsep", to=(10,)),
            Outcome(code="return", label="Kembalikan untuk diperbaiki", to=(8,), back=True),
        ),
        writers_stand_aside=10,
        effect=effects.review_draft,
        joint=True,
        in_time_ends="always",
    ),
    Step(
        number=10,
        form=letter_forms.SignForm,
        outcomes=(
            Outcome(code="sign", label="Tanda tangani surat", to=(11,)),
            Outcome(code="return", label="Kembalikan dengan catatan", to=(8,), back=True),
        ),
        guard=rules.letter_fits,
        effect=effects.sign_letter,
        joint=True,
        on_approval_screen=True,
        in_time_ends="always",
    ),
    Step(
        number=11,
        form=letter_forms.SendForm,
        outcomes=(
            Outcome(code="send", label="Catat pengiriman", to=(12,)),
            Outcome(
                code="redraft", label="Batalkan surat dan susun ulang", to=(8,), back=True,
                when=rules.letter_does_not_fit,
            ),
        ),
        guard=rules.letter_fits_or_was_sent,
        effect=effects.send_letter,
        joint=True,
        corrects=("courier", "tracking_number", "sent_at"),
        corrects_after_signing=True,
        in_time_ends="always",
    ),
    Step(
        number=12,
        form=letter_forms.ReceiptForm,
        outcomes=(
            Outcome(
                code="received", label="Surat dan souvenir diterima", to=(Ending.COMPENSATED,)
            ),
            Outcome(
                code="refused", label="Surat diterima, souvenir tidak diterima",
                to=(Ending.GIFT_REFUSED,), when=rules.gift_was_sent,
            ),
            Outcome(
                code="undeliverable", label="Tidak tersampaikan, kirim ulang", to=(11,),
                staff_only=True,
            ),
            Outcome(
                code="undelivered", label="Tidak tersampaikan lagi, akhiri",
                to=(Ending.UNDELIVERED,), staff_only=True, when=rules.tried_before,
            ),
        ),
        effect=effects.receive,
        joint=True,
        counts=False,
    ),
)  # fmt: skip

STEPS: dict[int, Step] = {step.number: step for step in _TABLE}
APPROVALS = tuple(step.number for step in _TABLE if step.on_approval_screen)
