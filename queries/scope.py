"""What a user may see. Rights live here, below the pages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """A user's rights over the lake: frozen and picklable, required to open it.

    Attributes:
        user: Account name, for the audit line.
        role: One of ROLES.
        regions: Regions whose usage points are visible, with all regions inside them;
            None is every region, and usage points that no register knows.
        customer_ids: Accounts whose usage points are visible; None is every account.
        sees_identity: Whether names, addresses and telephone numbers are shown unmasked.
    """

    user: str
    role: str
    regions: frozenset[str] | None = None
    customer_ids: frozenset[str] | None = None
    sees_identity: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether no row is hidden."""
        return self.regions is None and self.customer_ids is None


ROLES: dict[str, str] = {
    "planner": "规划人员",
    "analyst": "分析人员",
    "billing_clerk": "电费核算员",
    "service_desk": "客服人员",
    "administrator": "系统管理员",
    "customer": "用电客户",
}
"""The roles and their Chinese names."""

EVERYTHING = Scope(user="system", role="administrator", sees_identity=True)
"""The scope of ingest, of tests and of whoever can read the lake's files anyway."""
