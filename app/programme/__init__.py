"""The programme as a whole: pauses that hand everything over, succession, and what its coordinators are told."""
