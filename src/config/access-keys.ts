/** The keys of `acl`. */
export const accessKeys = {
  file: {
    type: ["string", "null"],
    default: null,
    description: [
      "File with rules of access; read again when it changes, and on SIGHUP. null: a client may do everything, unless",
      "its authentication brings rules of its own. A relative path starts at the working directory.",
    ],
  },
  format: {
    enum: ["akasa", "mosquitto"],
    default: "akasa",
    description: "How the file is written: akasa (docs/guide/access-control.md), or mosquitto (an acl_file as it is).",
  },
  default: {
    enum: ["deny", "allow"],
    default: "deny",
    description: "What holds for what no rule speaks about. A mosquitto file means deny.",
  },
} as const;
