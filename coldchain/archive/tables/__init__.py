"""The archive's tables, by theme; what they mean is told at each class. Queries stand in the modules beside this folder.

    places      regions of five levels, facilities
    equipment   cold-chain equipment, compartments, channels, assignments in time
    lots        vaccines, lots, movements
    choices     which packs there are and which judge where, occasions, session hours, buffers, calibrations
    documents   photos, certificates, opinions
    cases       excursions with their revisions, observations, holds
    alarms      alarms, their transitions, notices
    people      persons, users, tokens, sessions
    journal     cursors, checkpoints, changes, leases, refused messages, audit

Times are integer ms UTC. Codes that the programme gives (regions, facilities, equipment, lots) are keys themselves.
"""

from coldchain.archive.tables.alarms import Alarm, Notice, Transition
from coldchain.archive.tables.base import Base
from coldchain.archive.tables.cases import Excursion, ExcursionRevision, Hold, Observation
from coldchain.archive.tables.choices import (
    Buffer,
    Calibration,
    Occasion,
    RuleChoice,
    RulePack,
    SessionHours,
    SiteRules,
)
from coldchain.archive.tables.documents import Document
from coldchain.archive.tables.equipment import Assignment, Channel, Compartment, Equipment
from coldchain.archive.tables.journal import AuditEntry, Change, Checkpoint, Cursor, Lease, RefusedRow
from coldchain.archive.tables.lots import Lot, Movement, Vaccine
from coldchain.archive.tables.people import Person, Session, Token, User
from coldchain.archive.tables.places import Facility, Region

__all__ = [
    "Alarm",
    "Assignment",
    "AuditEntry",
    "Base",
    "Buffer",
    "Calibration",
    "Change",
    "Channel",
    "Checkpoint",
    "Compartment",
    "Cursor",
    "Document",
    "Equipment",
    "Excursion",
    "ExcursionRevision",
    "Facility",
    "Hold",
    "Lease",
    "Lot",
    "Movement",
    "Notice",
    "Observation",
    "Occasion",
    "Person",
    "RefusedRow",
    "Region",
    "RuleChoice",
    "RulePack",
    "Session",
    "SessionHours",
    "SiteRules",
    "Token",
    "Transition",
    "User",
    "Vaccine",
]
