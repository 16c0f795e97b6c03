"""What is known of scalers: asked once, remembered, and told where it is not the usual."""

from datetime import timedelta

from ingest.collection.scalers import PATIENCE, ScalerBook, Stated
from ingest.collection.wants import Meter
from ingest.protocols.dlt698.values import ScalerUnit
from ingest.records.engine import SYSTEM, upgrade
from ingest.records.scalers import held_scalers, keep_scalers
from queries.settings import Settings
from tests.ingest.collection.collected import NOW, Clock

METER = Meter("000000000121", "P1", "M1", "000000000003")
BOTH_WAYS = Meter("000000000122", "P2", "M2", channels=("import", "export"), measurements=True)
OF_645 = Meter("000000000123", "P3", "M3", protocol="dlt645")
IMPORT, EXPORT = "00100200", "00200200"
KWH, TENTHS = ScalerUnit(-2, 33), ScalerUnit(-1, 33)


class Kept:
    """A book, what it saved and what it told."""

    def __init__(self, *meters: Meter, held: dict | None = None, clock: Clock | None = None):
        self.saved: dict[str, Stated] = dict(held or {})
        self.told: list[tuple[str, str]] = []
        self.clock = clock or Clock()
        self.book = ScalerBook(
            {one.address: one for one in meters},
            self.saved,
            save=self.saved.update,
            tell=lambda _, **fields: self.told.append((fields["rule"], fields["message"])),
            now=self.clock,
        )


def test_a_meter_is_asked_for_each_value_that_is_collected_of_it_and_one_of_645_for_none():
    book = Kept(METER, BOTH_WAYS, OF_645).book
    assert book.due(METER.address) == (IMPORT,)
    assert book.due(BOTH_WAYS.address) == (IMPORT, EXPORT, "20000200", "20010200", "20040200")
    assert book.due(OF_645.address) == ()
    assert not book.is_unknown(OF_645.address)
    assert not book.is_unknown("000000009999")


def test_what_is_known_is_not_asked_for_again_before_half_a_year_has_passed():
    kept = Kept(METER)
    kept.book.note({METER.address: {IMPORT: KWH}})
    assert kept.book.due(METER.address) == ()
    kept.clock.moment = NOW + timedelta(days=179)
    assert kept.book.due(METER.address) == ()
    kept.clock.moment = NOW + timedelta(days=180)
    assert kept.book.due(METER.address) == (IMPORT,)
    assert not kept.book.is_unknown(METER.address)  # its readings need not wait for that


def test_a_channel_that_is_collected_too_from_now_on_is_asked_for_by_itself():
    held = {BOTH_WAYS.address: Stated("M2", NOW, 0, {IMPORT: KWH})}
    book = Kept(BOTH_WAYS, held=held).book
    assert IMPORT not in book.due(BOTH_WAYS.address)
    assert EXPORT in book.due(BOTH_WAYS.address)


def test_another_meter_in_its_place_is_asked_anew():
    held = {METER.address: Stated("M0", NOW, 0, {IMPORT: TENTHS})}
    book = Kept(METER, held=held).book
    assert book.is_unknown(METER.address)
    assert book.of(METER.address) == {}


def test_the_table_holds_for_what_a_meter_does_not_state():
    kept = Kept(METER)
    kept.book.note({METER.address: {IMPORT: None}})
    assert not kept.book.is_unknown(METER.address)
    assert kept.book.due(METER.address) == ()
    assert kept.book.of(METER.address) == {}
    assert kept.told == []


def test_a_meter_that_does_not_tell_is_waited_for_thrice_and_asked_again_the_next_day():
    kept = Kept(METER)
    for count in range(PATIENCE):
        assert kept.book.is_unknown(METER.address)
        assert kept.book.due(METER.address) == (IMPORT,)
        assert len(kept.told) == 0
        kept.book.fail({METER.address: "no answer"})
        assert kept.saved[METER.address].failures == count + 1
    assert not kept.book.is_unknown(METER.address)
    assert kept.book.due(METER.address) == ()
    [(rule, message)] = kept.told
    assert rule == "scaler_unread"
    assert METER.address in message
    kept.clock.moment = NOW + timedelta(days=1)
    assert kept.book.due(METER.address) == (IMPORT,)


def test_a_scaler_that_is_not_the_usual_is_told_and_so_is_one_that_has_changed():
    kept = Kept(METER)
    kept.book.note({METER.address: {IMPORT: KWH}})
    assert kept.told == []
    kept.book.note({METER.address: {IMPORT: TENTHS}})
    kept.book.note({METER.address: {IMPORT: TENTHS}})
    rules = [rule for rule, _ in kept.told]
    assert rules == ["scaler_changed", "scaler_differs"]
    assert "counts 10^-1 kWh; usual is 10^-2 kWh" in kept.told[1][1]


def test_a_new_process_remembers_what_was_stated(tmp_path):
    engine = upgrade(Settings(data=tmp_path))
    first = Kept(METER, BOTH_WAYS)
    first.book.note({METER.address: {IMPORT: TENTHS}, BOTH_WAYS.address: {IMPORT: None}})
    first.book.fail({BOTH_WAYS.address: "no answer"})
    keep_scalers(engine, SYSTEM, first.saved)
    keep_scalers(engine, SYSTEM, {METER.address: first.saved[METER.address]})  # again
    assert held_scalers(engine) == first.saved
