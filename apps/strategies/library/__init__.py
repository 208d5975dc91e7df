"""The strategies that ship with CashUp."""
