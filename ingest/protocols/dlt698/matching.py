"""Which answer belongs to which request: late, doubled and foreign answers are none."""

from ingest.protocols.dlt698.messages import (
    Apdu,
    Body,
    Digest,
    Oads,
    ProxyAnswer,
    ProxyCommand,
    ProxyGetList,
    ProxyGetRecord,
    ProxyRecord,
    ProxyResults,
    RecordRequests,
    Records,
    Results,
)

NUMBER = 0x3F
"""The bits of a PIID that an answer repeats."""


def is_answer(answer: Apdu, request: Apdu) -> bool:
    """Whether ``answer`` is one to ``request``: service, number, and what was asked for.

    Security wraps both: compare the messages within. An ERROR-Response says no more than the
    number.
    """
    if answer.piid is None or request.piid is None or (answer.piid ^ request.piid) & NUMBER:
        return False
    if answer.service == "ERROR-Response":
        return True
    if answer.service == "GET-Response-Next":
        return request.service.startswith("GET-Request-")
    is_service = answer.service == request.service.replace("-Request", "-Response", 1)
    return is_service and _about(answer.body) == _about(request.body)


def _about(body: Body) -> tuple:  # noqa: PLR0911 - one case a body
    match body:
        case Oads(oads):
            return oads
        case Results(results):
            return tuple(result.oad for result in results)
        case RecordRequests(records) | Records(records):
            return tuple(record.oad for record in records)
        case Digest(oad):
            return (oad,)
        case ProxyGetList(_, targets):
            return tuple((target.address, target.oads) for target in targets)
        case ProxyResults(targets):
            return tuple((t.address, tuple(r.oad for r in t.results)) for t in targets)
        case ProxyGetRecord(_, address, table) | ProxyRecord(address, table):
            return (address, table.oad)
        case ProxyCommand(port) | ProxyAnswer(port):
            return (port,)
    return ()
