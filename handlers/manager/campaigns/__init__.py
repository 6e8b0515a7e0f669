"""Campaigns in the chat."""
