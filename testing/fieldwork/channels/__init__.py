"""Ways out and in: SMTP and Maildir."""
