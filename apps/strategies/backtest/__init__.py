"""The backtest engine: arrays in, arrays out. It knows no Django."""
