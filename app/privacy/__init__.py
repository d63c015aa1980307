"""The privacy officer's side: who saw what, who did what, and what went wrong (STUDY P03, J19)."""
