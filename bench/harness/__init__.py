"""The bench: runs servers side by side, interleaved, and says what each cost."""
