"""The archive's versions, oldest first. A version that has left the house is never changed; a new one follows it."""
