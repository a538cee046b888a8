/** What a binary agreement decides, and what a coin shows. */
export type Bit = 0 | 1;
