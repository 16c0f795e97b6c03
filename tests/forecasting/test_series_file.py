from datetime import date

import numpy as np
import pytest

from queries.forecasting.series_file import SeriesFileError, read_series


def written(folder, text, name="load.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def hours(values, day="2024-03-01"):
    return "".join(f"{day} {hour:02d}:00,{value}\n" for hour, value in enumerate(values))


def test_quarters_are_averaged_to_hours(tmp_path):
    quarters = "".join(
        f"2024-03-01 00:{15 * at:02d},{load}\n" for at, load in enumerate((1, 2, 3, 6))
    )
    series = read_series(written(tmp_path, "time,load\n" + quarters), country="CN")
    assert series.first_day == date(2024, 3, 1)
    assert series.load.shape == (1, 24)
    assert series.load[0, 0] == 3.0
    assert np.isnan(series.load[0, 1:]).all()


def test_times_with_an_offset_are_shown_by_the_clock_of_the_country(tmp_path):
    path = written(tmp_path, "time,load\n2024-01-01T16:00:00Z,5\n2024-01-01T17:00:00Z,6\n")
    series = read_series(path, country="CN")
    assert series.first_day == date(2024, 1, 2)
    assert series.load[0, :2].tolist() == [5.0, 6.0]
    assert series.warnings == ("times of 'time' are shown by the clock of Asia/Shanghai.",)


def test_an_hour_that_comes_twice_in_autumn_is_averaged_and_one_left_out_in_spring_is_missing(
    tmp_path,
):
    lines = "".join(f"2024-10-27T{hour:02d}:00:00Z,{hour}\n" for hour in range(4))
    series = read_series(written(tmp_path, "time,load\n" + lines), country="DE")
    # 0 and 1 o'clock UTC are both 2 o'clock in Berlin.
    assert series.load[0, 2] == 0.5
    lines = "".join(f"2024-03-31T{hour:02d}:00:00Z,{hour}\n" for hour in range(4))
    series = read_series(written(tmp_path, "time,load\n" + lines), country="DE")
    assert np.isnan(series.load[0, 2])


def test_years_of_two_digits_are_read(tmp_path):
    path = written(tmp_path, "DateTime,load\n1/2/17 0:00,5\n1/2/17 1:00,6\n")
    assert read_series(path, country="MA").first_day == date(2017, 1, 2)


def test_chinese_names_and_a_byte_order_mark_are_understood(tmp_path):
    path = written(
        tmp_path, "\ufeff数据时间,总有功功率（kw）\n2018-1-1 0:00,244\n2018-1-1 1:00,250\n"
    )
    assert read_series(path, country="CN").load[0, :2].tolist() == [244.0, 250.0]


def test_temperatures_of_whole_days_hold_all_day(tmp_path):
    load = written(tmp_path, "time,load\n" + hours(range(1, 25)))
    weather = written(tmp_path, "time,temperature\n2024-03-01,7.5\n", "weather.csv")
    series = read_series(load, weather, country="CN")
    assert series.temperature is not None
    assert series.temperature.tolist() == [[7.5] * 24]


def test_a_temperature_in_the_same_file_serves_and_an_empty_field_is_missing(tmp_path):
    text = "time,load,temperature\n2024-03-01 00:00,1,3\n2024-03-01 01:00,,\n2024-03-01 02:00,2,5\n"
    series = read_series(written(tmp_path, text), country="CN")
    assert np.isnan(series.load[0, 1])
    assert series.temperature is not None
    assert series.temperature[0, :3].tolist() == [3.0, 4.0, 5.0]


def test_a_value_that_is_no_number_is_named_with_its_line(tmp_path):
    path = written(tmp_path, "time,load\n2024-03-01 00:00,1\n2024-03-01 01:00,many\n")
    with pytest.raises(SeriesFileError, match=r"line 3, column 'load': 'many' is no number"):
        read_series(path, country="CN")


def test_a_time_that_is_none_is_named_with_its_line(tmp_path):
    path = written(tmp_path, "time,load\nyesterday,1\ntoday,2\n")
    with pytest.raises(SeriesFileError, match=r"line 2, column 'time': 'yesterday' is no time"):
        read_series(path, country="CN")


def test_a_file_of_hours_has_no_quarters(tmp_path):
    path = written(tmp_path, "time,load\n" + hours(range(24)))
    with pytest.raises(SeriesFileError, match=r"60 minutes apart; slots of 15 minutes are finer"):
        read_series(path, country="CN", step_minutes=15)
