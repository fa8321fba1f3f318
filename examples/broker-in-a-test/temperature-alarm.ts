// A program to test: it warns when a sensor is too hot.
import mqtt from "mqtt";

export async function watchTemperature(url: string, limit: number): Promise<{ stop(): Promise<void> }> {
  const client = await mqtt.connectAsync(url);
  client.on("message", (topic, payload) => {
    const degrees = Number(payload.toString());
    if (degrees > limit) client.publish(`alarms/${topic}`, `${degrees} is above ${limit}`, { qos: 1 });
  });
  await client.subscribeAsync("sensors/+/temperature", { qos: 1 });
  return { stop: () => client.endAsync() };
}
