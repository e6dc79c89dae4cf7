"""Numbers and words: from an outcomes table to estimates and their report; imports nothing of ours."""
