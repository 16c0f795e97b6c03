"""A DL/T 645 frame that a terminal brought from the line behind it."""

from collections.abc import Callable

from ingest.collection.exchange import ExchangeError
from ingest.collection.sessions.waiting import Not
from ingest.protocols.dlt645.frame import Frame, find_frames


def meters_answer(octets: bytes, judge: Callable[[Frame], Not | None], what: str) -> Frame:
    """The answer among the octets that the terminal's port received.

    Args:
        octets: Noise, echo and frames, as the line gave them.
        judge: Tells the answer from others.
        what: Was asked of whom, for the error.

    Raises:
        ExchangeError: It is not there.
    """
    found, _ = find_frames(octets, ended=True)
    frames = [one for one in found if isinstance(one, Frame)]
    for frame in frames:
        if judge(frame) is None:
            return frame
    if not octets:
        text = f"{what}: the meter gave its terminal no answer"
        raise ExchangeError(text, reason="timeout", may_retry=True)
    if any(frame.is_answer for frame in frames):
        text = f"{what}: the terminal brought an answer to another question"
        raise ExchangeError(text, reason="mismatch", may_retry=True, answer=octets)
    text = f"{what}: the terminal brought {len(octets)} bytes that hold no valid answer"
    raise ExchangeError(text, reason="checksum", may_retry=True, answer=octets)
