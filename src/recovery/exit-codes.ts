/** The host stopped over a defect; started again it may do better. `EX_SOFTWARE` of BSD's sysexits.h. */
export const EXIT_DEFECT = 70;
