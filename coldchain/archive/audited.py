"""Which tables are chained, in whose chain, and which are not, and why: whoever adds a table says so here."""

from collections.abc import Mapping
from typing import Final

from coldchain.archive import tables
from coldchain.archive.rows import table_of
from coldchain.archive.tables import Base

UNDECIDED: Final = ("waiting", "claimed", "folded")  # notices that nobody was told yet: chained when they are settled

# Every row of these has a last image in the county's chain.
AUDITED: Final[tuple[type[Base], ...]] = (
    tables.Region,
    tables.Facility,
    tables.Equipment,
    tables.Compartment,
    tables.CompartmentUse,
    tables.Assignment,
    tables.Vaccine,
    tables.Lot,
    tables.Movement,
    tables.Price,
    tables.Stability,
    tables.Custody,
    tables.Receipt,
    tables.ReceiptLine,
    tables.RefusalReport,
    tables.StockCount,
    tables.StockCountLine,
    tables.Undecided,
    tables.SetApart,
    tables.UnusableReport,
    tables.Disposal,
    tables.RulePack,
    tables.SiteRules,
    tables.RuleChoice,
    tables.Occasion,
    tables.SessionHours,
    tables.Buffer,
    tables.Backdating,
    tables.Calibration,
    tables.CalibrationPoint,
    tables.Correction,
    tables.ToleranceCase,
    tables.Document,
    tables.Deletion,
    tables.Filing,
    tables.EquipmentStatus,
    tables.EquipmentPlace,
    tables.EquipmentDocument,
    tables.ItemCount,
    tables.Repair,
    tables.ChangeRequest,
    tables.Care,
    tables.RecordHours,
    tables.ManualRecord,
    tables.Round,
    tables.RoundLine,
    tables.Run,
    tables.RunCarrier,
    tables.RunChannel,
    tables.RunStop,
    tables.RunReading,
    tables.FacilityStatus,
    tables.CalendarDay,
    tables.Phone,
    tables.Post,
    tables.Course,
    tables.Attendance,
    tables.HandOver,
    tables.Collection,
    tables.CollectionUnit,
    tables.CollectionSnapshot,
    tables.CollectionReminder,
    tables.ManualEvidence,
    tables.Given,
    tables.SheetMapping,
    tables.Dossier,
    tables.DossierVersion,
    tables.DossierDocument,
    tables.Opinion,
    tables.AuthorityReport,
    tables.Proposal,
    tables.ProposalLine,
    tables.Signature,
    tables.Witness,
    tables.Person,
    tables.DutyPolicy,
    tables.Rota,
    tables.RotaTurn,
    tables.RotaShift,
    tables.Absence,
    tables.WayWord,
    tables.ReachWish,
    tables.User,
    tables.Token,
)

# Every row of these has one in a shard's chain; of notices, those that are settled.
DECIDED: Final[tuple[type[Base], ...]] = (
    tables.ExcursionRevision,
    tables.Hold,
    tables.Observation,
    tables.Alarm,
    tables.Transition,
    tables.Notice,
    tables.NoticeAttempt,
    tables.NoticeReceipt,
    tables.NoticeReply,
    tables.Drill,
    tables.WayQuestion,
    tables.Seal,
    tables.EdgeNoticeRow,
)
# Every table that is looked at; an excursion by its revisions.
WATCHED: Final[tuple[type[Base], ...]] = tuple(dict.fromkeys((*AUDITED, *DECIDED, tables.Excursion)))
# Tables without a chain, and why none is needed: whoever adds a table puts it here, or among those above.
UNCHAINED: Final[Mapping[str, tuple[type[Base], ...]]] = {
    "the chains themselves": (tables.AuditEntry, tables.Root),
    "derived, and made again from what is chained and sealed": (
        tables.ExposureDay, tables.MachineDay, tables.MachineMonth, tables.MachineYear, tables.RecordMonth, tables.SpreadDay,
        tables.Outage, tables.Stay, tables.Channel, tables.FoldedCase,
    ),
    "marks of work": (
        tables.Change, tables.Checkpoint, tables.Cursor, tables.Lease, tables.LedgerDay, tables.Session,
        tables.StockPicture, tables.Answered,
    ),
    "messages that were not stored": (tables.RefusedRow,),
}  # fmt: skip


def watched() -> frozenset[str]:
    """The names of the tables whose rows are chained."""
    return frozenset(table_of(kind).name for kind in WATCHED)
