"""What is known of probes from laboratories: certificates with their errors, what corrects a probe, what a wrong one doubts.

    certificate (points, uncertainty) ─► limits (dated) ─► passed? ─┬─► correction: proposed, approved by a second person,
                                                                    │   shown in its own line beside the raw reading
                                                                    └─► failed as found: tolerance case ─► what-if (replay)
    certificates ─► due list        offsets set in devices ─► listed

Files in reading order: `curve` (errors at points, between and beyond them; pure), `limits` with `limits.toml`, `certificates`,
`due`, `corrections`, `tolerance`, `offsets`; `reach` (which devices a scope covers).

Never does: change a reading or a verdict. What a corrected reading would have been judged is asked as a what-if and listed.
"""
