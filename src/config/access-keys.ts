/** The keys of `acl`. */
export const accessKeys = {
  file: {
    type: ["string", "null"],
    default: null,
    description: [
      "File with rules of access; read again when it changes, and on SIGHUP. null: there are only the rules that",
      "authentication brings for a client. A relative path starts at the working directory.",
    ],
  },
  format: {
    enum: ["akasa", "mosquitto"],
    default: "akasa",
    description: "How the file is written: akasa (docs/guide/access-control.md), or mosquitto (an acl_file as it is).",
  },
  default: {
    enum: [null, "deny", "allow"],
    default: null,
    description: [
      "What holds for what no rule speaks about. null: deny where there are rules, in a file or with the client, and a",
      "client without any may do everything. A mosquitto file means deny.",
    ],
  },
} as const;
