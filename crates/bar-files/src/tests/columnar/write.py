"""Writes the files that the tests read: python3 write.py, with pandas and pyarrow."""
import pandas as pd

days = pd.to_datetime(["2015-01-02", "2015-01-05", "2015-01-06"])
rows = {"Open": [1.5, 2.5, 3.5], "High": [2.0, 3.0, 4.0], "Low": [1.0, 2.0, 3.0], "Close": [1.75, None, 3.75]}
volume = {"Volume": [100, 200, 300]}

# An index of stamps at midnight in Tokyo, without a name, as requests to vendors give it.
tokyo = pd.DataFrame({**rows, **volume}, index=days.tz_localize("Asia/Tokyo"))
tokyo.to_parquet("tokyo.parquet")
# yfinance's columns of two levels.
wide = pd.concat({"AAA": pd.DataFrame({**rows, **volume}, index=days), "BBB": pd.DataFrame({**rows, **volume}, index=days)}, axis=1)
wide.index.name = "Date"
wide.swaplevel(axis=1).to_parquet("wide.parquet", compression="zstd")
# One long table with a column of categories.
long = wide.stack(level=0, future_stack=True).rename_axis(["Date", "Ticker"]).reset_index()
long["Ticker"] = long["Ticker"].astype("category")
long.to_feather("long.feather")
long.to_feather("long-zstd.feather", compression="zstd")
# An index of two levels without names.
levels = long.astype({"Ticker": str}).set_index(["Date", "Ticker"]).rename_axis([None, None])
levels.to_parquet("levels.parquet", compression="gzip")
