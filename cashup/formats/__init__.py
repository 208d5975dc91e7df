"""Dates of Django's own lists, written as apps.common.formats writes them."""
