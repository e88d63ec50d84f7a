"""What vaccine went through, as the archive keeps it."""
