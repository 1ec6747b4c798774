"""Notice, lien and bond-claim deadlines of a job, as things to do; the waiver forms that states prescribe."""
