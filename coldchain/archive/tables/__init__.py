"""The archive's tables, by theme; what they mean is told at each class. Queries stand in the modules beside this folder.

    places      regions of five levels, facilities
    facilities  facilities in time: status, calendar, phones, posts, training, hand-overs, the yearly collection
    equipment   cold-chain equipment, compartments and what they were for, channels, assignments in time
    upkeep      what became of equipment: statuses, places, papers, counted things, repairs, requests, care
    lots        vaccines, lots, movements, stays
    stock       prices, makers' stability tables, receipts, counts, custody
    metrology   points of certificates, corrections, what a probe found wrong makes doubtful
    performance how machines ran day by day, losses of mains
    choices     which packs there are and which judge where, what was said of that afterwards, occasions, session hours,
                buffers, calibrations
    documents   photos, certificates, opinions
    cases       excursions with their revisions, observations
    disposition what is held, and how it was decided what becomes of it
    exposure    what compartments' days came to, evidence by hand, doses given out of our sight
    alarms      alarms, their transitions, notices
    telling     each try to tell, providers' receipts, people's replies
    duty        who is told: policies, rotas, absences, what is known of the ways to a person
    edge        what gateways said by themselves
    drills      exercises of the alarm path
    people      persons, users, tokens, sessions
    transport   rounds of a year's plan, runs with what was read on the way
    twice_daily what people read off the displays twice a day, and when they are to
    journal     cursors, checkpoints, changes, leases, refused messages, audit
    sheets      how sheets of other systems are read, and up to when they told what lies where
    evidence    seals of readings, roots over the chains, what was deleted by whom

Times are integer ms UTC. Codes that the programme gives (regions, facilities, equipment, lots) are keys themselves.
"""

from coldchain.archive.tables.alarms import Alarm, FoldedCase, Notice, Transition
from coldchain.archive.tables.base import Base
from coldchain.archive.tables.cases import Excursion, ExcursionRevision, Observation
from coldchain.archive.tables.choices import (
    Backdating,
    Buffer,
    Calibration,
    Occasion,
    RuleChoice,
    RulePack,
    SessionHours,
    SiteRules,
)
from coldchain.archive.tables.disposition import (
    AuthorityReport,
    Dossier,
    DossierDocument,
    DossierVersion,
    Hold,
    Opinion,
    Proposal,
    ProposalLine,
    Signature,
    Witness,
)
from coldchain.archive.tables.documents import Document, Filing
from coldchain.archive.tables.drills import Drill
from coldchain.archive.tables.duty import (
    Absence,
    DutyPolicy,
    ReachWish,
    Rota,
    RotaShift,
    RotaTurn,
    WayQuestion,
    WayWord,
)
from coldchain.archive.tables.edge import EdgeNoticeRow
from coldchain.archive.tables.equipment import Assignment, Channel, Compartment, CompartmentUse, Equipment
from coldchain.archive.tables.evidence import Deletion, Root, Seal
from coldchain.archive.tables.exposure import ExposureDay, Given, LedgerDay, ManualEvidence
from coldchain.archive.tables.facilities import (
    Attendance,
    CalendarDay,
    Collection,
    CollectionReminder,
    CollectionSnapshot,
    CollectionUnit,
    Course,
    FacilityStatus,
    HandOver,
    Phone,
    Post,
)
from coldchain.archive.tables.journal import AuditEntry, Change, Checkpoint, Cursor, Lease, RefusedRow
from coldchain.archive.tables.lots import Lot, Movement, Stay, Vaccine
from coldchain.archive.tables.metrology import CalibrationPoint, Correction, ToleranceCase
from coldchain.archive.tables.people import Person, Session, Token, User
from coldchain.archive.tables.performance import MachineDay, MachineMonth, MachineYear, Outage, SpreadDay
from coldchain.archive.tables.places import Facility, Region
from coldchain.archive.tables.sheets import SheetMapping, StockPicture
from coldchain.archive.tables.stock import (
    Answered,
    Custody,
    Disposal,
    Price,
    Receipt,
    ReceiptLine,
    RefusalReport,
    SetApart,
    Stability,
    StockCount,
    StockCountLine,
    Undecided,
    UnusableReport,
)
from coldchain.archive.tables.telling import NoticeAttempt, NoticeReceipt, NoticeReply
from coldchain.archive.tables.transport import Round, RoundLine, Run, RunCarrier, RunChannel, RunReading, RunStop
from coldchain.archive.tables.twice_daily import ManualRecord, RecordHours, RecordMonth
from coldchain.archive.tables.upkeep import (
    Care,
    ChangeRequest,
    EquipmentDocument,
    EquipmentPlace,
    EquipmentStatus,
    ItemCount,
    Repair,
)

__all__ = [
    "Absence",
    "Alarm",
    "Answered",
    "Assignment",
    "Attendance",
    "AuditEntry",
    "AuthorityReport",
    "Backdating",
    "Base",
    "Buffer",
    "CalendarDay",
    "Calibration",
    "CalibrationPoint",
    "Care",
    "Change",
    "ChangeRequest",
    "Channel",
    "Checkpoint",
    "Collection",
    "CollectionReminder",
    "CollectionSnapshot",
    "CollectionUnit",
    "Compartment",
    "CompartmentUse",
    "Correction",
    "Course",
    "Cursor",
    "Custody",
    "Deletion",
    "Disposal",
    "Document",
    "Dossier",
    "DossierDocument",
    "DossierVersion",
    "Drill",
    "DutyPolicy",
    "EdgeNoticeRow",
    "Equipment",
    "EquipmentDocument",
    "EquipmentPlace",
    "EquipmentStatus",
    "Excursion",
    "ExcursionRevision",
    "ExposureDay",
    "Facility",
    "FacilityStatus",
    "Filing",
    "FoldedCase",
    "Given",
    "HandOver",
    "Hold",
    "ItemCount",
    "Lease",
    "LedgerDay",
    "Lot",
    "MachineDay",
    "MachineMonth",
    "MachineYear",
    "ManualEvidence",
    "ManualRecord",
    "Movement",
    "Notice",
    "NoticeAttempt",
    "NoticeReceipt",
    "NoticeReply",
    "Observation",
    "Occasion",
    "Opinion",
    "Outage",
    "Person",
    "Phone",
    "Post",
    "Price",
    "Proposal",
    "ProposalLine",
    "ReachWish",
    "Receipt",
    "ReceiptLine",
    "RecordHours",
    "RecordMonth",
    "RefusalReport",
    "RefusedRow",
    "Region",
    "Repair",
    "Root",
    "Rota",
    "RotaShift",
    "RotaTurn",
    "Round",
    "RoundLine",
    "RuleChoice",
    "RulePack",
    "Run",
    "RunCarrier",
    "RunChannel",
    "RunReading",
    "RunStop",
    "Seal",
    "Session",
    "SessionHours",
    "SetApart",
    "SheetMapping",
    "Signature",
    "SiteRules",
    "SpreadDay",
    "Stability",
    "Stay",
    "StockCount",
    "StockCountLine",
    "StockPicture",
    "Token",
    "ToleranceCase",
    "Transition",
    "Undecided",
    "UnusableReport",
    "User",
    "Vaccine",
    "WayQuestion",
    "WayWord",
    "Witness",
]
