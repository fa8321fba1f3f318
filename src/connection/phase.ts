/**
 * Where a connection stands.
 *
 *                          challenged
 *                            ^    |
 *                      AUTH  |    |  AUTH
 *                            |    v
 *     opened -- CONNECT --> authenticating -- accepted --> open -- DISCONNECT, error, take-over, stop --> closing
 *        |                        |                                                                          |
 *        +------ error, deadline, refused ---------------------------------------------------------------> closed
 */
export type Phase = "opened" | "authenticating" | "challenged" | "open" | "closing" | "closed";
