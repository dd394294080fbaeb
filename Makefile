# Two commands do everything: make demo, make test. Nothing is needed before them but python3, git and make.
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-data test check run bench model lock clean-cache

help: ## 显示这份说明
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /make \1\t/' | expand -t 20

setup: ## 准备所需的一切（已就绪时不到一秒）
	@bootstrap/setup.sh

demo: setup ## 演示一个来电，从振铃到销号（真实的 Asterisk、软件电话、语音识别）；再开着一个虚构的县看网页，到 Ctrl-C
	@bin/zhitong demo $(ARGS)

demo-data: setup ## 造一个虚构的县八周的工单，放进 build/demo-county（ARGS="--seed 2"；换目录：FOLDER=…）
	@bin/zhitong demo-data $(or $(FOLDER),build/demo-county) $(ARGS)

test: setup ## 运行全部测试，几个文件同时（ARGS="tests/unit -k 名字" 只运行一部分，逐个运行）
	@bin/python -m pytest $(or $(ARGS),--numprocesses=auto --dist=loadfile --no-loadscope-reorder)

check: setup ## 代码检查：ruff、mypy、包之间的引用、要说的每一句都有文字
	@bin/python -m ruff check .
	@bin/python -m mypy
	@bin/python -c "from importlinter.cli import lint_imports_command as lint; lint()"
	@bin/python bootstrap/sentences.py

run: setup ## 启动热线，供实际使用（设置在 config/）
	@bin/zhitong run $(ARGS)

bench: setup ## 测量速度、语音识别、听懂多少，写入 bench/
	@bin/python -m bench $(ARGS)

model: setup ## 重建自带的小型语音识别模型，写入 build/model（另装 torch；或 MODEL_PYTHON=已有 torch 的 python）
	@bootstrap/model.sh $(ARGS)

lock: setup ## 重新锁定 Python 软件包的版本和哈希（requirements/*.in → *.txt）
	@bootstrap/lock.sh

clean-cache: ## 删除缓存目录里由 setup 建立的一切
	@bootstrap/clean.sh
