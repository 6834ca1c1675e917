"""The tables of the monitor, as SQLModel classes, a file for what each repository keeps: a test compares what the
migrations add up to with them. The daemon does not load them; all its statements need of a table is its columns.
"""
