/* What the command line says: `generator WORKLOAD key=value ...`, every value a number. */
#ifndef OPTIONS_H
#define OPTIONS_H

struct options {
  long port;
  long broker_pid;
  long version; /* protocol level: 3, 4 or 5 */
  long carrier; /* of carrier.h */
  long qos;
  long publishers;
  long subscribers;
  long window;           /* messages of one publisher under way */
  long rate;             /* messages per second of all publishers; 0: closed loop */
  long tick;             /* microseconds between two moments of sending at an offered rate */
  long payload;          /* bytes */
  long milliseconds;     /* measured */
  long warmup;           /* milliseconds before the measured ones */
  long count;            /* connections, topics, subscriptions or messages, as the workload says */
  long frozen;           /* subscribers that stop reading */
  long bulk;             /* 64 KB messages per second to the first subscriber */
  long alias;            /* MQTT 5: a topic alias and two user properties */
  long clean;            /* clean session */
  long subscribe;        /* idle connections hold one subscription */
};

void options_parse(struct options *options, int count, char **words);

#endif
