"""The roof: commands and the rehearsal. It sees everything; nothing sees it."""
