"""The directory in the words of Open Referral HSDS 3.2, for programs that know no other. Pure; read-only."""
