"""How long to wait, how often to ask again, and how much to ask for at once."""

from dataclasses import dataclass
from math import ceil

_MOST = {
    "attempts": 100,
    "records_per_question": 99,  # two BCD digits
    "meters_per_question": 255,
    "rows_per_question": 65_535,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a session; the defaults suit mobile networks and 2400 bit/s lines.

    Attributes:
        connect_seconds: Until a connection must stand: mobile networks take seconds.
        answer_seconds: For an answer. 256 bytes at 2400 bit/s take 1.2 s, a busy gateway more.
        proxied_seconds: That a terminal may take to ask a meter; carrier networks repeat hop by
            hop.
        silence_seconds: After which a frame that has begun is taken for broken off. Longer than
            the gaps that mobile networks leave within a frame.
        attempts: How often a question is put in all. The scheduler asks for what is still missing
            again later, so few are enough.
        backoff_seconds: Before the second attempt; doubled for each further one.
        longest_backoff_seconds: At most so long.
        pause_seconds: Between two exchanges: RS-485 lines need it to turn, and a late answer can
            come and be dropped.
        first_frame_seconds: Within which who dials in must say who it is.
        redial_seconds: For which a question waits where the connection was lost: many terminals
            dial in again at once. Who takes longer is asked in the next round.
        idle_seconds: Without a frame, after which a terminal is gone that did not say how often
            its heart beats; terminals beat each 1 to 15 min.
        heartbeats_missed: After so many a terminal that said so is gone.
        buffer_bytes: Of bytes that became no frame yet; the longest frame has 16,385.
        connections: At most so many at once, known or not.
        meters_per_question: Asked of a terminal at once.
        rows_per_question: Rows (a meter, an instant) asked for at once: about 16 KiB of answer.
        records_per_question: Load records asked of a DL/T 645 meter at once; many keep to 10.
        forwarding_port: Of a Q/GDW 376.1 terminal behind which meters are: 31 is the carrier
            module, 1 RS-485 by custom.
    """

    connect_seconds: float = 10.0
    answer_seconds: float = 10.0
    proxied_seconds: float = 30.0
    silence_seconds: float = 2.0
    attempts: int = 3
    backoff_seconds: float = 1.0
    longest_backoff_seconds: float = 60.0
    pause_seconds: float = 0.05
    first_frame_seconds: float = 30.0
    redial_seconds: float = 15.0
    idle_seconds: float = 2700.0
    heartbeats_missed: int = 3
    buffer_bytes: int = 1 << 16
    connections: int = 4096
    meters_per_question: int = 10
    rows_per_question: int = 384
    records_per_question: int = 10
    forwarding_port: int = 31

    def __post_init__(self) -> None:
        """Refuse bounds that would ask for nothing or for more than a frame can name.

        Raises:
            ValueError: Naming the bound.
        """
        for name, most in _MOST.items():
            value = getattr(self, name)
            if not 1 <= value <= most:
                raise ValueError(f"{name} is {value}; expected 1 to {most}")

    @property
    def told_seconds(self) -> int:
        """What terminals are told of ``proxied_seconds``: protocols know whole seconds only."""
        return max(1, ceil(self.proxied_seconds))
