"""What every room's tables build on, and the ground's own tables."""

from apps.common.models.audit import AuditEntry, AuditHead
from apps.common.models.heartbeats import Heartbeat
from apps.common.models.idempotency import IdempotencyKey
from apps.common.models.jobs import Job
from apps.common.models.leases import Lease
from apps.common.models.outbox import OutboxEvent
from apps.common.models.owned import OwnedModel, OwnedQuerySet
from apps.common.models.settings import StoredSetting

__all__ = [
    "AuditEntry",
    "AuditHead",
    "Heartbeat",
    "IdempotencyKey",
    "Job",
    "Lease",
    "OutboxEvent",
    "OwnedModel",
    "OwnedQuerySet",
    "StoredSetting",
]
