"""The rooms of the desk. Imports and data run one way: see docs/architecture.md."""
