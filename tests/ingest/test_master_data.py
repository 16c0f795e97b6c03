"""Master data (档案) from files into reference tables, with its faults named and nothing lost."""

import random
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.batch import REJECTS, CollectorError
from ingest.master.history import increment
from ingest.master.profile import OWN, SHIPPED, known_headers, load_profile
from ingest.master.reading import MasterBatch, read
from ingest.master.references import REFERENCE_FINDINGS, unknown_references
from queries.schema import REFERENCE_TABLES

FLAT = """\
户号,户名,计量点编号,电能表编号,CT,PT,台区编号,台区名称,线路编号,线路名称,供电单位,电价代码,\
合同容量(kVA),用电类别,行业分类,供电电压,相别
1001,王小明,P1,M1,1,1,T1,幸福里,F1,城东线,东区,R-1,8,居民生活,,交流220V,A相
1002,李记面馆,P2,M2,200/5,1,T1,幸福里,F1,城东线,东区,C-1,50,一般工商业,6210,交流380V,三相
1003,东风机械厂,P3,M3,300/5,10kV/100V,,,F1,城东线,东区,I-1,1000,大工业,3411,交流10kV,ABC
1003,东风机械厂,P4,M4,300/5,10kV/100V,,,F1,城东线,东区,I-1,1000,大工业,3411,交流10kV,ABC
"""


@pytest.fixture
def write(tmp_path):
    def written(content: str | bytes, name: str = "register.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def faults(batch: MasterBatch) -> list[tuple]:
    return batch.rejects.select("line", "field").rows()


def test_a_flat_register_feeds_every_table_it_speaks_about(write):
    batch = read(write(FLAT))
    assert {name: frame.height for name, frame in batch.tables.items()} == {
        "regions": 1,
        "feeders": 1,
        "transformers": 1,
        "customers": 3,
        "usage_points": 4,
        "meters": 4,
    }
    assert batch.rejects.is_empty()
    assert batch.unknown_columns == ()
    shop = batch.tables["usage_points"].filter(usage_point_id="P2").row(0, named=True)
    assert shop == {
        "usage_point_id": "P2",
        "customer_id": "1002",
        "transformer_id": "T1",
        "feeder_id": "F1",
        "region_id": "东区",
        "customer_class": "commercial",
        "price_code": "C-1",
        "phase": "ABC",
        "voltage_kv": 0.38,
        "contracted_capacity_kva": 50.0,
        "valid_from": None,
        "valid_to": None,
    }
    ratios = batch.tables["meters"].select("current_ratio", "voltage_ratio").rows()
    assert ratios == [(1.0, 1.0), (40.0, 1.0), (60.0, 100.0), (60.0, 100.0)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_of_an_export_is_found_out(write, encoding):
    assert (
        read(write(FLAT.encode(encoding)))
        .tables["customers"]
        .equals(read(write(FLAT)).tables["customers"])
    )


def test_one_line_in_another_encoding_costs_only_itself(write):
    lines = [line.encode() for line in FLAT.splitlines()]
    lines[2] = FLAT.splitlines()[2].encode("gb18030")
    batch = read(write(b"\n".join(lines)))
    assert faults(batch) == [(3, None)]
    assert batch.tables["usage_points"]["usage_point_id"].to_list() == ["P1", "P3", "P4"]
    assert batch.complete == frozenset()


def test_tabs_and_lines_above_the_header_do_not_matter(write):
    text = "用电户档案清单\n\n" + FLAT.replace(",", "\t")
    batch = read(write(text, "register.tsv"))
    assert batch.tables["customers"].height == 3


def test_a_workbook_has_a_sheet_a_table(tmp_path):
    path = tmp_path / "register.xlsx"
    sheets = {
        "台区": pl.DataFrame({"台区编号": [101], "名称": ["幸福里"], "额定容量（kVA）": [400.0]}),
        "meters": pl.DataFrame(
            {
                "meter_id": ["M1", "M2"],
                "usage_point_id": ["P1", "P2"],
                "current_ratio": [40, -1],
                "valid_from": [date(2024, 1, 2)] * 2,
                "colour": ["red", "blue"],
            }
        ),
    }
    with xlsxwriter.Workbook(path) as book:
        for name, frame in sheets.items():
            frame.write_excel(book, worksheet=name)
    batch = read(path)
    assert batch.tables["transformers"].select("transformer_id", "rated_capacity_kva").rows() == [
        ("101", 400.0)
    ]
    assert batch.tables["meters"].rows() == [("M1", "P1", 40.0, date(2024, 1, 2), None)]
    assert batch.unknown_columns == ("meters!colour",)
    assert faults(batch) == [(3, "meters!current_ratio")]


def test_parquet_is_read_like_text(write, tmp_path):
    path = tmp_path / "register.parquet"
    pl.read_csv(write(FLAT), infer_schema=False).write_parquet(path)
    assert read(path).tables["meters"].equals(read(write(FLAT)).tables["meters"])


def test_a_file_named_after_a_table_is_that_table(write):
    batch = read(write("feeder_id,name,voltage_kv\nF1,城东线,10\n", "feeders.csv"))
    assert batch.tables["feeders"].rows() == [("F1", "城东线", 10.0, None, None)]


def test_a_combined_ratio_is_the_current_ratio_where_nothing_else_is_said(write):
    batch = read(write("计量点编号,电能表编号,综合倍率\nP,M,40\n"))
    assert batch.tables["meters"].select("current_ratio", "voltage_ratio").row(0) == (40.0, 1.0)


def test_a_unit_in_the_header_scales_and_a_foreign_one_is_not_guessed_at(write):
    text = "计量点编号,户号,合同容量(MVA),运行容量(m3)\nP,C,2,7\n"
    batch = read(write(text))
    assert batch.tables["usage_points"]["contracted_capacity_kva"].to_list() == [2000.0]
    assert batch.unknown_columns == ("运行容量(m3)",)


def test_an_installation_date_dates_the_meter_and_not_the_usage_point(write):
    batch = read(write("计量点编号,户号,电能表编号,装表日期\nP,C,M,2024-03-01\n"))
    assert batch.tables["meters"]["valid_from"].to_list() == [date(2024, 3, 1)]
    assert batch.tables["usage_points"]["valid_from"].to_list() == [None]


def test_an_end_in_the_year_9999_is_no_end(write):
    text = "meter_id,usage_point_id,valid_from,valid_to\nM,P,20240101,9999-12-31\n"
    assert read(write(text, "meters.csv")).tables["meters"]["valid_to"].to_list() == [None]


@pytest.mark.parametrize(
    ("header", "cell", "table"),
    [
        ("CT", "many", "meters"),
        ("CT", "-40", "meters"),
        ("CT", "0", "meters"),
        ("合同容量", "1e999", "usage_points"),
        ("合同容量", "12,34", "usage_points"),
        ("用电类别", "宇宙用电", "usage_points"),
        ("相别", "D", "usage_points"),
        ("经度", "181", "usage_points"),
        ("纬度", "-91", "usage_points"),
        ("生效日期", "2023-02-29", "usage_points"),
        ("生效日期", "13/01/2024", "usage_points"),
        ("曲线间隔", "7", "meters"),
        ("计量点编号", "", "usage_points"),
        ("执行电价标志", "x", None),
    ],
)
def test_a_bad_value_costs_its_own_table_row_and_is_named(write, header, cell, table):
    columns = {"计量点编号": "P1", "户号": "C1", "户名": "王", "电能表编号": "M1", "CT": "1"}
    good = columns | {header: columns.get(header, "")}
    bad = {name: f"{value}x" for name, value in columns.items() if name != "CT"} | {"CT": "2"}
    bad |= {header: cell}
    text = "\n".join(
        [",".join(good), ",".join(good.values()), ",".join(f'"{bad[name]}"' for name in good)]
    )
    batch = read(write(text))
    assert faults(batch) == ([(3, header)] if table else [])
    heights = {name: frame.height for name, frame in batch.tables.items()}
    assert heights == {
        name: 1 if name == table else 2 for name in ("customers", "usage_points", "meters")
    }


def test_a_reject_says_what_was_found_and_what_was_expected(write):
    batch = read(write("计量点编号,电能表编号,CT\nP,M,-40\n"))
    row = batch.rejects.row(0, named=True)
    assert (row["line"], row["field"], row["excerpt"]) == (2, "CT", "-40")
    assert "'-40' is not a ratio such as 40 or 200/5 above 0" in row["reason"]


def test_a_period_that_ends_before_it_begins_is_rejected(write):
    text = "meter_id,usage_point_id,valid_from,valid_to\nM,P,2024-01-02,2024-01-02\n"
    batch = read(write(text, "meters.csv"))
    assert faults(batch) == [(2, "valid_to")]
    assert batch.tables["meters"].is_empty()


def test_of_two_lines_that_contradict_each_other_the_first_counts(write):
    text = "台区编号,台区名称,额定容量\nT1,幸福里,\nT1,幸福里,400\nT1,光明里,400\nT2,光明里,1\n"
    batch = read(write(text))
    assert batch.tables["transformers"].select("name", "rated_capacity_kva").rows() == [
        ("幸福里", 400.0),
        ("光明里", 1.0),
    ]
    assert faults(batch) == [(4, "台区名称")]
    assert "stands on line 2 already" in batch.rejects["reason"][0]


def test_a_usage_point_without_a_meter_is_no_fault_of_the_file(write):
    batch = read(write("计量点编号,户号,电能表编号,CT\nP1,C1,M1,1\nP2,C2,,\n"))
    assert batch.rejects.is_empty()
    assert batch.tables["meters"].height == 1
    assert batch.tables["usage_points"].height == 2


def test_a_stray_quotation_mark_costs_its_own_line(write):
    lines = FLAT.splitlines()
    lines[2] = lines[2].replace("李记面馆", '"李记面馆')
    batch = read(write("\n".join(lines)))
    assert faults(batch) == [(3, None)]
    assert batch.tables["usage_points"].height == 3


def test_a_quoted_cell_may_hold_commas_and_line_breaks(write):
    text = '户号,户名,用电地址\n1,"王, ""小明""","一号楼\n二单元"\n2,李,\n3,\n'
    batch = read(write(text, "customers.csv"))
    assert batch.tables["customers"].select("name", "address").rows() == [
        ('王, "小明"', "一号楼\n二单元"),
        ("李", None),
    ]
    assert faults(batch) == [(5, None)]


def test_a_line_of_ten_megabytes_is_refused_by_itself(write):
    text = FLAT + "9" * 10_000_000 + "\n" + FLAT.splitlines()[1].replace("1,M1", "9,M9")
    batch = read(write(text))
    assert faults(batch) == [(6, None)]
    assert "P9" in batch.tables["usage_points"]["usage_point_id"].to_list()


def test_numbers_of_accounts_keep_their_leading_zeros(write):
    batch = read(write('户号,户名\n="0010",王\n\'0020,李\n\t0030,张\n'))
    assert batch.tables["customers"]["customer_id"].to_list() == ["0010", "0020", "0030"]


@pytest.mark.parametrize("content", ["", "\n\n", "a,b\n1,2\n", "\x00\x01\x02", "户号\n1\n"])
def test_a_file_without_master_data_is_refused_by_name(write, content):
    with pytest.raises(CollectorError, match=r"register\.csv: no column is known"):
        read(write(content))


@pytest.mark.parametrize("name", ["register.xlsx", "register.parquet", "register.xls"])
def test_a_file_that_is_not_what_its_name_says_is_refused(write, name):
    with pytest.raises(CollectorError, match="cannot be read"):
        read(write(FLAT, name))


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.master.sheets.UNPACKED_LIMIT", 2**20)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 2**22)
    with pytest.raises(CollectorError, match="once unpacked"):
        read(path)


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_a_damaged_file_is_refused_or_read_and_nothing_else(tmp_path, ending):
    path = tmp_path / f"customers.{ending}"
    frame = pl.DataFrame({"户号": ["1", "2"], "户名": ["王", "李"]})
    frame.write_excel(path) if ending == "xlsx" else frame.write_parquet(path)
    sound, chance = path.read_bytes(), random.Random(5)  # noqa: S311 - no secret
    for _ in range(60):
        damaged = bytearray(sound[: chance.randrange(len(sound) // 2, len(sound))] + sound[-60:])
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        flipped = bytearray(sound)
        flipped[chance.randrange(len(sound))] ^= 1 << chance.randrange(8)
        for content in (damaged, flipped):
            path.write_bytes(content)
            with suppress(CollectorError):
                assert read(path).rejects.schema == REJECTS


def test_a_file_cut_anywhere_keeps_the_lines_that_were_whole(write):
    content = FLAT.encode()
    header = content.index(b"\n") + 1
    for cut in range(header + 1, len(content), 61):
        whole = content[header:cut].count(b"\n")
        points = read(write(content[:cut])).tables["usage_points"]
        assert points["usage_point_id"].to_list()[:whole] == ["P1", "P2", "P3", "P4"][:whole]


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(FLAT.encode())))
def test_no_garbage_breaks_the_reader(tmp_path_factory, garbage, at):
    path = tmp_path_factory.mktemp("garbage") / "register.csv"
    content = FLAT.encode()
    path.write_bytes(content[:at] + garbage + content[at:])
    try:
        batch = read(path)
    except CollectorError:
        return
    assert batch.rejects.schema == REJECTS


def test_a_profile_names_columns_constants_and_words(write):
    toml = """
    name = "mine"
    [columns]
    "id" = ["usage_points.usage_point_id", "meters.usage_point_id"]
    "kind" = "usage_points.customer_class"
    "device" = "meters.meter_id"
    [constants]
    "meters.voltage_ratio" = 100
    [values."usage_points.customer_class"]
    "flat" = "residential"
    """
    profile = load_profile(write(toml, "mine.toml"))
    batch = read(write("id,kind,device,note\nP,flat,M,x\n"), profile)
    assert batch.tables["usage_points"]["customer_class"].to_list() == ["residential"]
    assert batch.tables["meters"]["voltage_ratio"].to_list() == [100.0]
    assert batch.unknown_columns == ("note",)


@pytest.mark.parametrize(
    ("toml", "key"),
    [
        ("[columns", "cannot be read"),
        ("colums = 1", "key 'colums' is unknown"),
        ("columns = 1", "key 'columns' is 1"),
        ('[columns]\na = "meters.colour"', "key 'columns.a' names 'meters.colour'"),
        ('[columns]\na = "cars.id"', "key 'columns.a' names 'cars.id'"),
        ('[columns]\na = "meters.meter_id"\nb = "meters.meter_id"', "'a' fills it already"),
        ('[constants]\n"meters.x" = 1', r"key 'constants.meters\.x'"),
        ('[values]\n"usage_points.phase" = {z = "Q"}', r"usage_points\.phase\.z' is 'Q'"),
        ("[columns]", "key 'columns' is empty"),
    ],
)
def test_a_wrong_profile_is_refused_with_file_and_key(write, toml, key):
    with pytest.raises(CollectorError, match=rf"mine\.toml: .*{key}|mine\.toml: {key}"):
        load_profile(write(toml, "mine.toml"))


def test_shipped_profiles_and_headers_are_sound():
    profiles = [path for path in SHIPPED.glob("*.toml") if path.stem != "headers"]
    assert [load_profile(path).name for path in profiles] == [path.stem for path in profiles]
    targets = {target for to in known_headers().columns.values() for target in to}
    names = {f"{table}.{column}" for table, columns in OWN.items() for column in columns}
    general = {f"*.{column}" for columns in OWN.values() for column in columns}
    assert targets <= names | general | {"meters.combined_ratio"}


def test_a_transformer_that_nobody_knows_is_a_finding_and_no_reject(write):
    batch = read(write("计量点编号,户号,台区编号\nP1,C1,T1\nP2,C1,T9\nP3,C1,T9\n"))
    lake = {
        "customers": pl.DataFrame({"customer_id": ["C1"]}),
        "transformers": pl.DataFrame({"transformer_id": ["T1"]}),
    }
    findings = unknown_references(batch, lake)
    assert findings.schema == REFERENCE_FINDINGS
    assert findings.rows() == [
        (
            "unknown_reference",
            "transformer",
            "T9",
            "usage_points.transformer_id",
            "2",
            "transformers.transformer_id",
            None,
            None,
        )
    ]
    assert batch.rejects.is_empty()


NODES = """\
节点编号,台区编号,上级节点,线路长度(km),电阻(mΩ),电抗,经度,纬度
N1,T1,,0.04,26.5,0.003,123.4,41.8
N2,T1,N1,0.03,20,0.002Ω,,
N3,T1,N9,30m,20,0.002,,
"""


def test_a_list_of_low_voltage_nodes_is_recognised_with_its_units(write):
    batch = read(write(NODES))
    assert batch.rejects.is_empty()
    assert list(batch.tables) == ["network_nodes"]
    first, second, third = batch.tables["network_nodes"].rows(named=True)
    assert first["transformer_id"] == "T1"
    assert first["parent_network_node_id"] is None
    assert (first["length_m"], first["resistance_ohm"], first["reactance_ohm"]) == (
        40.0,
        0.0265,
        0.003,
    )
    assert (second["parent_network_node_id"], second["reactance_ohm"]) == ("N1", 0.002)
    assert third["length_m"] == 30.0
    named = unknown_references(batch, {}).select("subject_id", "found_in", "value").rows()
    assert named == [
        ("N9", "network_nodes.parent_network_node_id", "1"),
        ("T1", "network_nodes.transformer_id", "3"),
    ]


def test_a_register_says_which_meters_are_settled_and_which_only_check(write):
    flat = (
        "计量点编号,台区编号,低压节点,计量点性质\nP1,T1,N1,结算\nP2,T1,,台区供电考核\nP3,T1,N2,\n"
    )
    batch = read(write(flat))
    points = batch.tables["usage_points"].select("network_node_id", "metering_purpose").rows()
    assert points == [("N1", "settlement"), (None, "check"), ("N2", None)]
    nodes = batch.tables["network_nodes"].select("network_node_id", "transformer_id").rows()
    assert nodes == [("N1", "T1"), ("N2", "T1")]


def test_a_complete_dump_ends_only_what_it_would_have_listed(write):
    batch = read(write(FLAT.replace("200/5", "-200/5")))
    assert batch.complete == {"customers", "usage_points", "meters"}
    assert batch.listed["meters"]["meter_id"].to_list() == ["M1", "M2", "M3", "M4"]
    assert batch.tables["meters"].height == 3


def test_every_table_of_a_batch_can_enter_the_history(write):
    batch = read(write(FLAT))
    for table in REFERENCE_TABLES:
        if table.name in batch.tables:
            stored = increment(
                pl.DataFrame(schema=table.schema),
                batch.tables[table.name],
                table=table,
                known_at=datetime(2024, 5, 1, tzinfo=UTC),
                batch_id="b",
                effective_day=date(2024, 5, 1),
                is_full=table.name in batch.complete,
                listed=batch.listed[table.name],
            )
            assert stored.schema == table.schema
            assert stored.height == batch.tables[table.name].height


def test_an_agreement_says_how_its_basic_charge_losses_and_splits_are_counted(write):
    content = (
        "合同编号,计量点编号,合同电价,购电方式,基本电费计收方式,结算依据,功率因数标准,代理购电倍数,"
        "户籍人口数,免费电量(kWh),计量方式,线损率(%),套减主表,定比定量电价,定比,定量(MWh)\n"
        "A1,P1,two_part,代理购电,合同最大需量,冻结示数,0.90,1.5,,,高供低计,2.5,,residential,12%,1\n"
        "A2,P2,residential,,,曲线,,,5,15,低供低计,,P1,,,\n"
        "A3,P3,two_part,代理购电,按户数,冻结示数,,,,,高供高计,,,,,\n"
    )
    batch = read(write(content))
    first, second = batch.tables["agreements"].rows(named=True)
    assert (first["basic_charge"], first["settlement_basis"]) == ("contract", "register")
    assert (first["power_factor_hundredths"], first["agency_price_times"]) == (90, 1.5)
    assert (first["is_metered_low_side"], first["line_loss_share"]) == (True, 0.025)
    assert (first["split_share"], first["split_kwh_per_month"]) == (0.12, 1000.0)
    assert (second["household_persons"], second["free_kwh_per_month"]) == (5, 15.0)
    assert (second["is_metered_low_side"], second["deducted_from_usage_point_id"]) == (False, "P1")
    assert faults(batch) == [(4, "基本电费计收方式")]
