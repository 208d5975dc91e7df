"""Files are read whole and right, or refused with the column, the row and the rule."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.common.errors import InvalidInput
from apps.markets.candles.files import parse_file_name, read_file, write_parquet
from apps.markets.factories import JANUARY_2024_MS, make_bars
from apps.markets.tests.comparing import columns, same

HEADER = "timestamp,open,high,low,close,volume"
ROW = "1704067200000,1,2,0.5,1.5,10"
NEXT = "1704070800000,1.5,2,1,1.2,11"


def parquet(tmp_path, table, name="x.parquet"):
    pq.write_table(pa.table(table), tmp_path / name)
    return tmp_path / name


def csv(*lines):
    return io.BytesIO("\n".join(lines).encode())


def refusal(source, name="x.csv", timeframe=None):
    with pytest.raises(InvalidInput) as caught:
        read_file(source, name=name, timeframe=timeframe)
    return caught.value.field, str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("BINANCE_BTC-USDT_1h.parquet", ("binance", "BTC/USDT", "1h")),
        ("/a/b/ftx_btc-perp_1m.csv", ("ftx", "BTC/PERP", "1m")),
        ("BINANCEUSDM_BTC-USDT_8h-mark.parquet", None),
        ("DIRTY_BINANCE_BTC-USDT_1h_201802.parquet", None),
        ("BINANCE_BTC-USDT_7h.parquet", None),
        ("BINANCE_BTC-USDT_trades.parquet", None),
        ("prices.csv", None),
    ],
)
def test_a_file_name_says_what_it_holds(name, said):
    assert parse_file_name(name) == said


def test_an_exported_file_reads_back_the_same(tmp_path):
    bars = make_bars(500, missing=(7, 8))

    write_parquet(bars, tmp_path / "x.parquet")
    read = read_file(tmp_path / "x.parquet")

    assert same(read.bars, bars)
    assert read.missing_count == 2


def test_every_clean_shared_file_is_accepted(shared):
    files = (shared / "data").rglob("*.parquet")
    clean = [path for path in files if parse_file_name(path.name)]

    assert len(clean) >= 14
    for path in clean:
        timeframe = parse_file_name(path.name).timeframe
        read = read_file(path)
        assert read.bars.timeframe == timeframe
        assert len(read.bars) == pq.ParquetFile(path).metadata.num_rows


def test_the_outages_of_the_real_hours_are_counted(shared):
    read = read_file(shared / "data/BINANCE_BTC-USDT_1h.parquet")

    assert (len(read.bars), read.missing_count) == (45_024, 127)


def test_bars_stamped_off_the_hour_are_refused(shared):
    field, text = refusal(
        shared / "data/DIRTY_BINANCE_BTC-USDT_1h_201802.parquet", name=None
    )

    assert field == "timestamp"
    assert "row 170 (2018-02-09T09:28:14.789" in text
    assert "off the 1h grid; rows like it: 43" in text


@pytest.mark.parametrize(
    ("stamps", "form"),
    [
        (["1704067200000", "1704070800000"], "milliseconds"),
        (["1704067200", "1704070800"], "seconds"),
        (["1704067200000000", "1704070800000000"], "microseconds"),
        (["1704067200000000000", "1704070800000000000"], "nanoseconds"),
        (["1704067200.0", "1704070800.0"], "seconds"),
        (["2024-01-01 00:00:00", "2024-01-01 01:00:00"], "dates"),
        (["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z"], ""),
        (["2024-01-01T02:00:00+02:00", "2024-01-01T03:00:00+02:00"], ""),
    ],
)
def test_times_are_understood_in_many_forms(stamps, form):
    read = read_file(
        csv(HEADER, *(f"{stamp},1,2,0.5,1.5,10" for stamp in stamps)), name="x.csv"
    )

    assert read.bars.time_ms.tolist() == [1704067200000, 1704070800000]
    assert form in read.time_form
    assert read.bars.timeframe == "1h"


def test_dates_alone_are_midnights():
    read = read_file(
        csv(HEADER, "2024-01-01,1,2,0.5,1.5,10", "2024-01-02,1,2,0.5,1.5,10"),
        name="x.csv",
    )

    assert read.bars.time_ms.tolist() == [JANUARY_2024_MS, JANUARY_2024_MS + 86_400_000]


@pytest.mark.parametrize(
    "alias", ["time", "Date", " OPEN_TIME ", "Timestamp", "datetime"]
)
def test_headers_may_have_other_cases_orders_and_names(alias):
    read = read_file(
        csv(
            f"Volume,CLOSE,low,High,Open,{alias},trades",
            "10,1.5,0.5,2,1,1704067200000,7",
            "10,1.5,0.5,2,1,1704070800000,7",
        ),
        name="x.csv",
    )

    assert read.bars.high.tolist() == [2, 2]
    assert read.bars.open.tolist() == [1, 1]


@pytest.mark.parametrize("missing", HEADER.split(","))
def test_a_missing_column_is_named(missing, tmp_path):
    table = columns(make_bars(5))
    table["extra"] = table.pop(missing)

    field, text = refusal(parquet(tmp_path, table), name=None)

    assert field == missing
    assert f"Column {missing} is missing" in text
    assert "extra" in text


@pytest.mark.parametrize(
    ("lines", "field", "part"),
    [
        ([HEADER], "file", "no rows"),
        ([""], "file", "no rows"),
        ([HEADER + ",time", ROW + ",1"], "timestamp", "twice"),
        ([HEADER, ROW, "1704070800000,1,2"], "file", "cannot be read as CSV"),
        ([HEADER, "1704067200000,abc,2,0.5,1.5,10"], "open", "row 1: 'abc'"),
        ([HEADER, ROW, "1704070800000,1.5,2,,1.2,11"], "low", "empty in row 2"),
        ([HEADER, ROW, "1704070800000,1.5,nan,1,1.2,11"], "high", "row 2"),
        ([HEADER, ROW, "1704070800000,1.5,inf,1,1.2,11"], "high", "row 2"),
        ([HEADER, ROW, "1704070800000,0,2,1,1.2,11"], "open", "not above zero"),
        ([HEADER, ROW, "1704070800000,1.5,2,-1,1.2,11"], "low", "not above zero"),
        ([HEADER, ROW, "1704070800000,1.5,2,1,1.2,-1"], "volume", "below zero"),
        ([HEADER, ROW, "1704070800000,1.5,1,2,1.5,11"], "high", "high is below low"),
        ([HEADER, ROW, "1704070800000,1.5,1.4,1,1.2,11"], "high", "below open or"),
        ([HEADER, ROW, "1704070800000,1.5,2,1.3,1.2,11"], "low", "above open or"),
        ([HEADER, ROW, ROW], "timestamp", "row 2"),
        ([HEADER, NEXT, ROW], "timestamp", "before the row above"),
        ([HEADER, ROW, "1704067260001,1,2,1,1,1"], "timeframe", "apart"),
        ([HEADER, "hello,1,2,0.5,1.5,10"], "timestamp", "row 1: 'hello'"),
        ([HEADER, "1704067200.5,1,2,0.5,1.5,10"], "timestamp", "row 1"),
        ([HEADER, "-5,1,2,0.5,1.5,10"], "timestamp", "1970"),
        ([HEADER, "true,1,2,0.5,1.5,10"], "timestamp", "bool"),
        ([HEADER, "1704067200000,true,2,0.5,1.5,10"], "open", "bool"),
        ([HEADER, ROW], "timeframe", "give it"),
    ],
)
def test_a_bad_file_is_refused_by_name(lines, field, part):
    found, text = refusal(csv(*lines))

    assert found == field
    assert part in text


@pytest.mark.parametrize(
    ("given", "timeframe", "part"),
    [("1h", "5m", "1h apart, not 5m"), ("5m", "1h", "5m apart, not 1h")],
)
def test_candles_of_another_timeframe_are_refused(given, timeframe, part, tmp_path):
    source = parquet(tmp_path, columns(make_bars(50, timeframe=given)))

    field, text = refusal(source, name=None, timeframe=timeframe)

    assert field == "timeframe"
    assert part in text


def test_an_unknown_timeframe_is_refused(tmp_path):
    source = parquet(tmp_path, columns(make_bars(5)))

    assert refusal(source, name=None, timeframe="7h")[0] == "timeframe"


def test_a_thin_market_keeps_its_given_timeframe(tmp_path):
    kept = tuple(place for place in range(100) if place % 5 not in (0,) and place != 1)
    bars = make_bars(100, timeframe="1m", missing=kept)

    read = read_file(parquet(tmp_path, columns(bars)), timeframe="1m")

    assert read.bars.timeframe == "1m"


def test_one_candle_is_enough_when_the_timeframe_is_given():
    assert len(read_file(csv(HEADER, ROW), name="x.csv", timeframe="1h").bars) == 1


@pytest.mark.parametrize(
    ("stamps", "part"),
    [
        (pa.array(np.array([1.5, 2.5])), "whole number"),
        (pa.array([True, False]), "bool"),
        (
            pa.array([1704067200000001, 1704070800000000], pa.timestamp("us")),
            "whole milli",
        ),
    ],
)
def test_stamps_that_are_no_whole_milliseconds_are_refused(stamps, part, tmp_path):
    table = {**columns(make_bars(2)), "timestamp": stamps}

    field, text = refusal(parquet(tmp_path, table), name=None)

    assert field == "timestamp"
    assert part in text


def test_a_frame_of_dates_in_parquet_is_accepted(tmp_path):
    bars = make_bars(10)
    stamps = pa.array(bars.time_ms).cast(pa.timestamp("ms", "UTC"))

    read = read_file(parquet(tmp_path, {**columns(bars), "timestamp": stamps}))

    assert same(read.bars, bars)


def test_prices_as_text_are_refused(tmp_path):
    table = {**columns(make_bars(2)), "close": ["1.0", "2.0"]}

    assert "text, not numbers" in refusal(parquet(tmp_path, table), name=None)[1]


@pytest.mark.parametrize("name", ["x.parquet", "x.csv"])
def test_garbage_is_refused_without_a_traceback(name):
    field, text = refusal(io.BytesIO(bytes(range(256)) * 10), name=name)

    assert field in {"file", "timestamp"}
    assert "x." in text or "missing" in text


@pytest.mark.parametrize("name", ["x.xlsx", "x", "x.parquet.exe"])
def test_another_kind_of_file_is_refused(name):
    assert "neither" in refusal(io.BytesIO(b"x"), name=name)[1]


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert "does not exist" in refusal(tmp_path / "no.parquet", name=None)[1]


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "x.parquet").mkdir()

    assert "cannot be" in refusal(tmp_path / "x.parquet", name=None)[1]


def test_a_file_that_unpacks_to_too_many_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("apps.markets.candles.files.tables.MAX_ROWS", 9)

    assert (
        "at most 9" in refusal(parquet(tmp_path, columns(make_bars(10))), name=None)[1]
    )
