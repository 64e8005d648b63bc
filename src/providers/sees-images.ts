/** The hosted models that see images (platform.openai.com/docs/models and its like). */
const HOSTED =
  /^(chatgpt-4o|gpt-(4o|4\.[15]|4-turbo|[5-9]|\d\d)|o\d|claude-|gemini-|sonar|grok-([4-9]|\d\d))/i;

/** What the others are called that do. */
const OTHERS = /vision|pixtral|llava|moondream|minicpm-v|multimodal|internvl|vl\b|^(llama-?4|gemma-?3)/i;

/** Those among them that do not. */
const BLIND =
  /^(o1-mini|o1-preview|o3-mini|gpt-.*(audio|search|turbo-preview)|claude-(instant|[12]\b|3[.-]5-haiku)|sonar-deep-research|gemma-?3[:-](270m|1b))/i;

/** Whether a model is known to see images, by its name alone. */
export function isKnownToSeeImages(name: string): boolean {
  return (HOSTED.test(name) || OTHERS.test(name)) && !BLIND.test(name);
}
