"""Weather from a file: into the lake, once, and what is wrong with it refused."""

from contextlib import closing

import pytest

from ingest.files import ingest_file
from queries.lake import open_lake
from queries.scope import EVERYTHING

FILE = """\ufeffregion_id,valid_at,temperature_c,humidity_share,issued_at
town,2025-01-31 08:00,-3.5,0.4,
town,2025-01-31T01:00:00Z,-2.5,,
town,2025-01-31 10:00:00+08:00,-1.5,,2025-01-30 20:00
town,yesterday,4,,
,2025-01-31 11:00,4,,
town,2025-01-31 12:00,999,,
"""


@pytest.fixture
def taken(new_lake):
    settings = new_lake()
    path = settings.data / "weather.csv"
    path.write_text(FILE, "utf-8")
    return settings, ingest_file(settings, path)


def test_local_time_and_offsets_come_out_as_the_same_instants(taken):
    settings, _ = taken
    with closing(open_lake(settings, EVERYTHING)) as lake:
        found = lake.sql("select * from weather order by valid_at").pl()
    assert [f"{at:%H:%M}" for at in found["valid_at"]] == ["00:00", "01:00", "02:00"]
    assert found["temperature_c"].to_list() == [-3.5, -2.5, -1.5]
    assert [at is None for at in found["issued_at"]] == [True, True, False]
    assert found["humidity_share"].to_list()[0] == pytest.approx(0.4)


def test_bad_lines_are_refused_by_number(taken):
    _, outcome = taken
    assert outcome.format == "weather"
    assert outcome.rejects["line"].to_list() == [5, 6, 7]


def test_the_same_weather_again_changes_nothing(taken):
    settings, _ = taken
    ingest_file(settings, settings.data / "weather.csv")
    with closing(open_lake(settings, EVERYTHING)) as lake:
        assert lake.sql("select count(*) from weather").fetchall() == [(3,)]
