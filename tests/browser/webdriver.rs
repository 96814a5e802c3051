//! A headless Chromium, driven through ChromeDriver's WebDriver interface.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A browser with one window. Closed when dropped.
pub struct Browser {
    driver: Child,
    base: String,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts a browser with a window of that size; `None` when the machine has no Chromium.
    pub fn start(width: u32, height: u32, dark: bool) -> Option<Self> {
        let has = |program: &str| Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
        if !has("chromium") || !has("chromedriver") {
            assert!(
                std::env::var_os("IRONPIPE_REQUIRE_CHROMIUM").is_none(),
                "Chromium was not found, and IRONPIPE_REQUIRE_CHROMIUM is set"
            );
            eprintln!("skipped: chromium and chromedriver are not installed on this machine");
            return None;
        }
        let mut driver =
            Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let port = BufReader::new(driver.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok())
            .expect("chromedriver says its port");
        let profile = tempfile::tempdir().unwrap();
        let mut arguments: Vec<String> = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--force-device-scale-factor=1",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(format!("--window-size={width},{height}"));
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        if dark {
            arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
        }
        let base = format!("http://127.0.0.1:{port}");
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let mut browser = Self { driver, base, session: String::new(), _profile: profile };
        let answer = browser.call("POST", "/session", &capabilities);
        browser.session = answer["sessionId"].as_str().unwrap().to_owned();
        // The browser's own first page would ask for its parts.
        browser.session("POST", "/url", &json!({ "url": "about:blank" }));
        Some(browser)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.base);
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
        let agent = ureq::Agent::new_with_config(config.build());
        let mut response = match method {
            "GET" => agent.get(&url).call(),
            "DELETE" => agent.delete(&url).call(),
            _ => agent.post(&url).header("content-type", "application/json").send(body.to_string()),
        }
        .unwrap();
        let status = response.status();
        let text = response.body_mut().with_config().limit(200 << 20).read_to_string().unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert!(status.is_success(), "{method} {path}: {text}");
        answer["value"].clone()
    }

    fn session(&self, method: &str, path: &str, body: &Value) -> Value {
        self.call(method, &format!("/session/{}{path}", self.session), body)
    }

    /// Opens a file, with what stands behind its name (`#...`).
    pub fn open(&self, file: &Path, rest: &str) {
        self.session("POST", "/url", &json!({ "url": format!("file://{}{rest}", file.display()) }));
    }

    /// Runs a function body in the page and returns its value; may `await`.
    pub fn run(&self, script: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; (async () => {{ {script} }})().then(done, (e) => done('failed: ' + e));"
        );
        let answer = self.session("POST", "/execute/async", &json!({ "script": script, "args": [] }));
        assert!(!answer.as_str().is_some_and(|a| a.starts_with("failed: ")), "{answer}");
        answer
    }

    /// Waits until a function body returns true.
    pub fn wait_for(&self, script: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.run(script) != Value::Bool(true) {
            assert!(Instant::now() < end, "never came true: {script}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Sends a command of the DevTools protocol.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.session("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Shows the page in a window of that size, and in that colour scheme.
    pub fn emulate(&self, width: u32, height: u32, scheme: &str) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Presses and releases a key: a character, or one of WebDriver's private code points.
    pub fn press(&self, key: char) {
        let actions = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        let source = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.session("POST", "/actions", &json!({ "actions": [source] }));
    }

    /// Returns the page as a PDF file.
    pub fn print(&self) -> Vec<u8> {
        use base64::Engine as _;
        let answer = self.session("POST", "/print", &json!({ "background": true }));
        base64::engine::general_purpose::STANDARD.decode(answer.as_str().unwrap()).unwrap()
    }

    /// Returns what the page wrote to the console since the last call.
    pub fn console(&self) -> Vec<String> {
        let entries = self.session("POST", "/se/log", &json!({ "type": "browser" }));
        entries.as_array().unwrap().iter().map(|e| e["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Returns the addresses that the page asked for since the last call, but for the report itself.
    pub fn requests(&self) -> Vec<String> {
        let entries = self.session("POST", "/se/log", &json!({ "type": "performance" }));
        entries
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|e| serde_json::from_str::<Value>(e["message"].as_str()?).ok())
            .filter(|e| e["message"]["method"] == "Network.requestWillBeSent")
            .filter(|e| e["message"]["params"]["documentURL"].as_str().is_some_and(|page| page.starts_with("file://")))
            .filter_map(|e| e["message"]["params"]["request"]["url"].as_str().map(str::to_owned))
            .filter(|url| !url.starts_with("file://") && !url.starts_with("data:,"))
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.session("DELETE", "", &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
