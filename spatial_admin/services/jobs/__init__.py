"""Work that a worker does: queued, shown, stopped, taken up again."""
